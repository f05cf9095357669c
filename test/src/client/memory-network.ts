/**
 * A network inside this process: servers that answer frames, reached through `dial`, and a clock that moves only when a
 * test plays time. Bytes take no virtual time.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { VirtualTimeScheduler } from 'rxjs';
import { FrameReader } from '../../../src/connection/frame-reader.js';
import type { Dial, TransportReceiver } from '../../../src/connection/dial.js';
import { type Command, FLAG_RESPONSE } from '../../../src/protocol/command.js';
import { FrameBuffer } from '../../../src/protocol/frame-buffer.js';
import { writeFrame } from '../../../src/protocol/frame.js';
import type { ReceivedFrame } from '../../../src/protocol/received-frame.js';
import type { Answer } from '../../../src/protocol/remote-call.js';

/** What a server says to a request; `undefined`: it keeps silent. */
export type Service = (request: ReceivedFrame) => Answer | undefined;

export class MemoryNetwork {
  readonly scheduler = new VirtualTimeScheduler();
  readonly #servers = new Map<string, MemoryServer>();

  /** A server at `address` from now on. */
  serve(address: string, service: Service): MemoryServer {
    const server = new MemoryServer(service, this.scheduler);
    this.#servers.set(address, server);
    return server;
  }

  readonly dial: Dial = (address, receiver) => {
    const server = this.#servers.get(address);
    const link = new Link(receiver, server);
    process.nextTick(() => link.begin());
    return link;
  };

  /** Lets `ms` of virtual time pass, with all that happens in it; what an answer leads to is up to `stepMs` late. */
  async play(ms: number, stepMs = 5): Promise<void> {
    const { scheduler } = this;
    const end = scheduler.frame + ms;
    await this.#settle();
    for (let now = scheduler.frame; now < end;) {
      now = Math.min(end, now + stepMs);
      scheduler.maxFrames = now;
      scheduler.flush();
      scheduler.frame = now;
      await this.#settle();
    }
  }

  /** Bytes go to and fro in `nextTick`s and promises; a few turns of the event loop end them all. */
  async #settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) await nextTurn();
  }
}

export class MemoryServer {
  /** Every request: when it came, and what. */
  readonly requests: { readonly at: number; readonly command: Command }[] = [];
  /** What clients answered to `ask`. */
  readonly answers: Command[] = [];
  readonly links = new Set<Link>();
  isDown = false;
  readonly #service: Service;
  readonly #scheduler: VirtualTimeScheduler;

  constructor(service: Service, scheduler: VirtualTimeScheduler) {
    this.#service = service;
    this.#scheduler = scheduler;
  }

  /** When requests of a kind came. */
  timesOf(code: number): readonly number[] {
    return this.requests.filter(({ command }) => command.code === code).map(({ at }) => at);
  }

  /** Sends a request to every client that is connected. */
  ask(request: Pick<Command, 'code' | 'opaque'> & Partial<Command>): void {
    for (const link of this.links) link.send(request);
  }

  receive(frame: ReceivedFrame, link: Link): void {
    const command = frame.toCommand();
    if (frame.isResponse) {
      this.answers.push(command);
      return;
    }
    this.requests.push({ at: this.#scheduler.frame, command });
    const answer = this.#service(frame);
    if (answer !== undefined && !frame.isOneway) link.send({ ...answer, opaque: frame.opaque, flag: FLAG_RESPONSE });
  }
}

/** One connection of a client to a server; without a server, one that is refused. */
class Link {
  readonly #receiver: TransportReceiver;
  readonly #server: MemoryServer | undefined;
  readonly #reader: FrameReader;
  #isOver = false;

  constructor(receiver: TransportReceiver, server: MemoryServer | undefined) {
    this.#receiver = receiver;
    this.#server = server;
    this.#reader = new FrameReader((frame) => server?.receive(frame, this));
  }

  begin(): void {
    if (this.#isOver) return;
    if (this.#server === undefined || this.#server.isDown) {
      this.#isOver = true;
      this.#receiver.onLost(new Error('connect ECONNREFUSED'));
      return;
    }
    this.#server.links.add(this);
    this.#receiver.onOpen();
  }

  write(chunks: readonly Uint8Array[]): void {
    process.nextTick(() => {
      if (this.#isOver) return;
      this.#receiver.onTaken();
      this.#reader.push(Buffer.concat(chunks));
    });
  }

  send(command: Pick<Command, 'code' | 'opaque'> & Partial<Command>): void {
    const out = new FrameBuffer();
    const rest = { flag: 0, version: 513, language: 'JAVA', remark: undefined, fields: new Map(), body: undefined };
    writeFrame(out, { ...rest, ...command }, 'json');
    const bytes = Buffer.concat(out.take());
    process.nextTick(() => {
      if (!this.#isOver) this.#receiver.onBytes(bytes);
    });
  }

  ref(): void {}

  unref(): void {}

  destroy(): void {
    this.#isOver = true;
    this.#server?.links.delete(this);
  }
}
