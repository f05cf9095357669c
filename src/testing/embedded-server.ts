/**
 * A server on a loopback port that can be killed, restarted, paused and scripted like a real one in trouble. What it
 * answers is not decided here but by its service: broker or name server.
 *
 *              kill()                        restart()
 *     running ---------> down ---------------------------------> running
 *        |  pause()         requests are read and lost
 *        |  stopReading()   requests wait in the sockets
 *        |- resume() ends both
 *        '- goAway()        requests are refused; then kill()
 */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { assertGiven } from '../options/check-options.js';
import type { ReceivedFrame } from '../protocol/received-frame.js';
import { ResponseCode } from '../protocol/response-codes.js';
import type { Answer, Said } from './answer.js';
import { ServerTls, type ServerTlsOptions } from './embedded-tls.js';
import { requestCodeOf, type RequestName } from './protocol-names.js';
import type { Reply } from './replies.js';
import { type ActiveRule, type Rule, Script } from './script.js';
import type { Sender } from './sender.js';
import { type ClientConnection, ServerConnection } from './server-connection.js';
import { answerEncoding, type ServerRelease } from './server-release.js';
import { assertArguments, killOptions, ruleOptions } from './testing-options.js';

/** How a server goes down. */
export interface KillOptions {
  /** The name server goes on naming the broker, as it does for two minutes when it notices nothing. Default false. */
  readonly staysInRoutes?: boolean | undefined;
}

/** What every embedded server can be made to do. */
export interface ServerControls {
  /** `broker-a`, `broker-b`, …, or `name-server`. */
  readonly name: string;
  /** `host:port`; the same after a restart. */
  readonly address: string;
  /** The connections that are open now. */
  readonly connections: readonly ClientConnection[];
  /** How many requests of a kind, or in all, came in: `requests('HEART_BEAT')`. Lost and refused ones count. */
  requests(request?: RequestName | number): number;
  /** Makes the server misbehave; of several rules for one request the oldest decides. */
  script(rule: Rule): ActiveRule;
  /** Resets every connection and stops listening, as `kill -9` does. What is stored stays stored, scripts stay in force. */
  kill(how?: KillOptions): Promise<void>;
  /** Listens again, on the same port; rejects when somebody else has taken it. Does nothing while it listens. */
  restart(): Promise<void>;
  /** From now on reads and never answers: requests are lost, nothing is stored. */
  pause(): void;
  /** As a stopped process (SIGSTOP): connections open, bytes are taken until the buffers are full, nothing is read. */
  stopReading(): void;
  /** Ends `pause` and `stopReading`; what waited unread is handled now. */
  resume(): void;
  /**
   * Behaves as one that shuts down gracefully, until `kill()` ends it: out of the routes at once, and every request of a
   * client that declares a version above 475 is answered GO_AWAY. Older clients, and all clients of 4.9.7, are served.
   */
  goAway(how?: KillOptions): void;
}

/** Clients that declare a later version than this (5.3.1) understand GO_AWAY (NettyRemotingAbstract.java, 5.5.0). */
const LAST_VERSION_SERVED = 475;
const GO_AWAY: Answer = { code: ResponseCode.GO_AWAY, remark: 'please go away' };

/** Answers a request; undefined says nothing at all. */
export type Service = (frame: ReceivedFrame, sender: Sender) => Said;

interface EmbeddedServerOptions {
  readonly name: string;
  readonly release: ServerRelease;
  readonly service: Service;
  /** Listens on a second port as well, two below the first, and serves it alike. Default false. */
  readonly hasVipChannel?: boolean | undefined;
  /** Default: plain text only; who begins a handshake is hung up on. */
  readonly tls?: ServerTlsOptions | undefined;
  /** Called when it listens. */
  readonly onUp?: (() => void) | undefined;
  /** Called when it no longer listens. */
  readonly onDown?: ((how: KillOptions) => void) | undefined;
}

const VIP_PORTS_BELOW = 2;
const PORT_ATTEMPTS = 20;

export class EmbeddedServer implements ServerControls {
  readonly name: string;
  readonly host = '127.0.0.1';
  readonly #release: ServerRelease;
  readonly #service: Service;
  readonly #onUp: () => void;
  readonly #onDown: (how: KillOptions) => void;
  readonly #connections = new Set<ServerConnection>();
  readonly #requests = new Map<number, number>();
  readonly #script = new Script();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #hasVipChannel: boolean;
  readonly #tls: ServerTls | undefined;
  readonly #receive: (socket: Socket) => void;
  #listeners: readonly Server[] = [];
  #port = 0;
  #mode: 'answering' | 'paused' | 'not-reading' | 'leaving' = 'answering';

  constructor(options: EmbeddedServerOptions) {
    const { name, release, service, onUp = () => undefined, onDown = () => undefined } = options;
    this.#hasVipChannel = options.hasVipChannel ?? false;
    const accept = (socket: Socket): void => this.#onConnection(socket);
    const tls = options.tls && new ServerTls(options.tls, accept);
    this.#tls = tls;
    this.#receive = tls === undefined ? accept : (socket) => tls.receive(socket);
    this.name = name;
    this.#release = release;
    this.#service = service;
    this.#onUp = onUp;
    this.#onDown = onDown;
  }

  get port(): number {
    return this.#port;
  }

  get address(): string {
    return `${this.host}:${this.#port}`;
  }

  get isListening(): boolean {
    return this.#listeners.length > 0;
  }

  get connections(): readonly ServerConnection[] {
    return [...this.#connections];
  }

  requests(request?: RequestName | number): number {
    assertArguments('requests', { request });
    if (request !== undefined) return this.#requests.get(requestCodeOf(request)) ?? 0;
    let total = 0;
    for (const count of this.#requests.values()) total += count;
    return total;
  }

  script(rule: Rule): ActiveRule {
    assertGiven('rule of script', rule, ruleOptions);
    return this.#script.add(rule);
  }

  async restart(): Promise<void> {
    if (this.#listeners.length > 0) return;
    this.#listeners = [createServer(this.#receive)];
    if (this.#hasVipChannel) this.#listeners = [...this.#listeners, createServer(this.#receive)];
    try {
      await this.#listen(this.#listeners);
    } catch (error) {
      this.#listeners = [];
      throw error;
    }
    this.#onUp();
  }

  async kill(how: KillOptions = {}): Promise<void> {
    assertGiven('options of kill', how, killOptions);
    const listeners = this.#listeners;
    if (listeners.length === 0) return;
    this.#listeners = [];
    this.#mode = 'answering';
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#onDown(how);
    const closed = listeners.map((listener) => closeListener(listener));
    for (const connection of this.#connections) connection.disconnect();
    this.#tls?.close();
    await Promise.all(closed);
  }

  pause(): void {
    this.resume();
    this.#mode = 'paused';
  }

  stopReading(): void {
    this.#mode = 'not-reading';
    for (const connection of this.#connections) connection.stopReading();
  }

  resume(): void {
    this.#mode = 'answering';
    for (const connection of this.#connections) connection.startReading();
  }

  goAway(how: KillOptions = {}): void {
    assertGiven('options of goAway', how, killOptions);
    this.resume();
    this.#mode = 'leaving';
    this.#onDown(how);
  }

  /** The second port has to be free as well: any first port is tried until it is, but a port once had is kept. */
  async #listen([first, second]: readonly Server[]): Promise<void> {
    if (first === undefined) return;
    for (let attempt = 1; ; attempt++) {
      const port = await listenAt(first, this.#port, this.host);
      try {
        if (second !== undefined) await listenAt(second, port - VIP_PORTS_BELOW, this.host);
        this.#port = port;
        return;
      } catch (error) {
        await closeListener(first);
        if (this.#port !== 0 || attempt === PORT_ATTEMPTS) throw error;
      }
    }
  }

  #onConnection(socket: Socket): void {
    const connection = new ServerConnection({
      socket,
      version: this.#release.version,
      onFrame: (frame) => this.#onFrame(frame, connection),
      onClose: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
    if (this.#mode === 'not-reading') connection.stopReading();
  }

  #onFrame(frame: ReceivedFrame, connection: ServerConnection): void {
    if (frame.isResponse) {
      connection.onResponse(frame);
      return;
    }
    this.#requests.set(frame.code, (this.#requests.get(frame.code) ?? 0) + 1);
    if (this.#mode === 'paused') return;
    const reply = this.#script.replyFor(frame);
    if (reply !== undefined) {
      this.#play(reply, frame, connection);
      return;
    }
    const isRefused =
      this.#mode === 'leaving' && this.#release.major === 5 && connection.clientVersion > LAST_VERSION_SERVED;
    const said = isRefused ? GO_AWAY : this.#service(frame, connection);
    if (said === undefined || frame.isOneway) return;
    const { opaque } = frame;
    const encoding = answerEncoding(this.#release, frame.encoding);
    if ('then' in said) void said.then((answer) => connection.answer(opaque, answer, encoding));
    else connection.answer(opaque, said, encoding);
  }

  #play(reply: Reply, frame: ReceivedFrame, connection: ServerConnection): void {
    const { opaque, isOneway } = frame;
    const encoding = answerEncoding(this.#release, frame.encoding);
    let isOver = false;
    reply({
      request: frame.toCommand(),
      handle: () => {
        if (isOver) throw new Error('handle() was called after the reply function had returned');
        return this.#service(frame, connection);
      },
      answer: (said) => {
        if (said === undefined || isOneway) return;
        if ('then' in said) void said.then((answer) => connection.answer(opaque, answer, encoding));
        else connection.answer(opaque, said, encoding);
      },
      sendBytes: (bytes) => connection.sendBytes(bytes),
      disconnect: (how) => connection.disconnect(how),
      after: (delayMs, action) => this.#after(delayMs, action),
    });
    isOver = true;
  }

  #after(delayMs: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delayMs);
    this.#timers.add(timer);
  }
}

/** Resolves with the port. */
async function listenAt(listener: Server, port: number, host: string): Promise<number> {
  listener.listen(port, host);
  await once(listener, 'listening');
  const bound = listener.address();
  return bound !== null && typeof bound === 'object' ? bound.port : port;
}

async function closeListener(listener: Server): Promise<void> {
  const closed = once(listener, 'close');
  listener.close();
  await closed;
}
