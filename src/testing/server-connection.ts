/**
 * One client's connection at an embedded server: cuts what arrives into frames, and sends the answers of one turn of the
 * event loop in one piece. What is answered is not decided here.
 */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { FrameReader } from '../connection/frame-reader.js';
import { ProtocolViolationError } from '../errors/rocketmq-error.js';
import { type Command, FLAG_RESPONSE, type HeaderEncoding } from '../protocol/command.js';
import { FrameBuffer } from '../protocol/frame-buffer.js';
import { writeFrame } from '../protocol/frame.js';
import type { ReceivedFrame } from '../protocol/received-frame.js';
import type { Answer } from './answer.js';
import { SendAnswer } from './send-answer.js';
import type { Sender } from './sender.js';

/** Of what is asked here; others number their own requests from 0. */
const FIRST_OPAQUE = 0x40000000;
const NO_FIELDS: ReadonlyMap<string, string> = new Map();

/** A connection that a client opened to an embedded server. */
export interface ClientConnection {
  /** The client's end, as `host:port`. */
  readonly remoteAddress: string;
  /** Sends bytes as they are. */
  sendBytes(bytes: Uint8Array): void;
  /** Sends a request to the client, as a broker does that asks about a transaction. */
  sendRequest(request: Pick<Command, 'code' | 'opaque'> & Partial<Command>): void;
  /** Closes the connection behind what was already answered: with a reset, or in order (FIN). */
  disconnect(how?: 'reset' | 'end'): void;
}

interface ServerConnectionOptions {
  readonly socket: Socket;
  /** MQVersion ordinal told in every answer. */
  readonly version: number;
  readonly onFrame: (frame: ReceivedFrame) => void;
  readonly onClose: () => void;
}

export class ServerConnection implements ClientConnection, Sender {
  readonly remoteHost: string;
  readonly remotePort: number;
  /** MQVersion ordinal the client told last; 0 before its first request. */
  clientVersion = 0;
  readonly #socket: Socket;
  readonly #version: number;
  readonly #reader: FrameReader;
  readonly #out = new FrameBuffer();
  readonly #asked = new Map<number, (code: number) => void>();
  #nextOpaque = FIRST_OPAQUE;
  #isFlushScheduled = false;

  constructor({ socket, version, onFrame, onClose }: ServerConnectionOptions) {
    this.#socket = socket;
    this.#version = version;
    this.remoteHost = socket.remoteAddress ?? '0.0.0.0';
    this.remotePort = socket.remotePort ?? 0;
    this.#reader = new FrameReader((frame) => {
      this.clientVersion = frame.version;
      onFrame(frame);
    });
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      try {
        this.#reader.push(chunk);
      } catch (error) {
        if (!(error instanceof ProtocolViolationError)) throw error;
        // As real servers do with bytes that are no frame: no answer, no explanation.
        socket.destroy();
      }
    });
    // The reason is the client's business; what follows is 'close'.
    socket.on('error', () => undefined);
    socket.on('close', onClose);
  }

  get remoteAddress(): string {
    return `${this.remoteHost}:${this.remotePort}`;
  }

  whenClosed(act: () => void): void {
    this.#socket.once('close', act);
  }

  /** Sends the answer to the request with this opaque. */
  answer(opaque: number, answer: Answer, encoding: HeaderEncoding): void {
    if (this.#socket.destroyed) return;
    const isJson = encoding === 'json';
    if (isJson && answer instanceof SendAnswer && answer.writeJson(this.#out, opaque, this.#version)) {
      this.#scheduleFlush();
      return;
    }
    this.#write(
      {
        code: answer.code,
        opaque,
        flag: FLAG_RESPONSE,
        version: this.#version,
        language: 'JAVA',
        remark: answer.remark,
        fields: answer.fields ?? NO_FIELDS,
        body: answer.body,
      },
      encoding,
    );
  }

  sendRequest(request: Pick<Command, 'code' | 'opaque'> & Partial<Command>): void {
    const ordinary = { flag: 0, version: this.#version, language: 'JAVA', remark: undefined, body: undefined };
    this.#write({ ...ordinary, fields: NO_FIELDS, ...request }, 'json');
  }

  ask(request: Pick<Command, 'code'> & Partial<Command>, limitMs: number): Promise<number | undefined> {
    return new Promise((resolve) => {
      const opaque = this.#nextOpaque++;
      const answered = (code: number | undefined): void => {
        this.#asked.delete(opaque);
        clearTimeout(timer);
        resolve(code);
      };
      // A real server waits it out, too, when the connection is gone. Nothing else depends on it.
      const timer = setTimeout(() => answered(undefined), limitMs).unref();
      this.#asked.set(opaque, answered);
      this.sendRequest({ ...request, opaque });
    });
  }

  /** The client has answered something. */
  onResponse({ opaque, code }: Pick<ReceivedFrame, 'opaque' | 'code'>): void {
    this.#asked.get(opaque)?.(code);
  }

  sendBytes(bytes: Uint8Array): void {
    this.#out.reserve(bytes.length);
    this.#out.bytes.set(bytes, this.#out.offset);
    this.#out.offset += bytes.length;
    this.#scheduleFlush();
  }

  disconnect(how: 'reset' | 'end' = 'reset'): void {
    // What the client sent behind this request was not read by a server that is gone.
    this.#reader.stop();
    this.#flush();
    if (how === 'end') this.#socket.end();
    // A socket whose FIN is on its way cannot be reset (libuv: EINVAL), and Node would leave it open for good.
    // Nor is there a reset for what lies below TLS.
    else if (this.#socket.writableEnded || this.#socket instanceof TLSSocket) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  stopReading(): void {
    this.#socket.pause();
  }

  startReading(): void {
    this.#socket.resume();
  }

  #write(command: Command, encoding: HeaderEncoding): void {
    if (this.#socket.destroyed) return;
    writeFrame(this.#out, command, encoding);
    this.#scheduleFlush();
  }

  #scheduleFlush(): void {
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    process.nextTick(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushScheduled = false;
    if (this.#socket.destroyed || this.#out.length === 0) return;
    const chunks = this.#out.take();
    this.#socket.cork();
    for (const chunk of chunks) this.#socket.write(chunk);
    this.#socket.uncork();
  }
}
