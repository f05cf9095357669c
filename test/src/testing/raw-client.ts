/** A client that sends whatever a test wants and hides nothing: one socket, every answer in the order it came. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { FrameReader } from '../../../src/connection/frame-reader.js';
import type { Command, HeaderEncoding } from '../../../src/protocol/command.js';
import { FrameBuffer } from '../../../src/protocol/frame-buffer.js';
import { writeFrame } from '../../../src/protocol/frame.js';
import type { ReceivedFrame } from '../../../src/protocol/received-frame.js';
import { requestCodeOf, type RequestName } from '../../../src/testing/protocol-names.js';

export interface RawRequest {
  readonly fields?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly encoding?: HeaderEncoding;
  readonly version?: number;
  readonly flag?: number;
  /** Of an answer; requests are numbered. */
  readonly opaque?: number;
}

export interface RawAnswer extends Command {
  readonly encoding: HeaderEncoding;
}

export function copyOf(frame: ReceivedFrame): RawAnswer {
  return { ...frame.toCommand(), encoding: frame.encoding };
}

export class RawClient {
  /** All that came, answers and requests of the server. */
  readonly received: RawAnswer[] = [];
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (answer: RawAnswer) => void>();
  #opaque = 1000;
  isClosed = false;
  readonly closed: Promise<void>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const reader = new FrameReader((frame) => {
      const answer = copyOf(frame);
      this.received.push(answer);
      this.#waiting.get(frame.opaque)?.(answer);
    });
    socket.on('data', (chunk) => reader.push(chunk));
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.isClosed = true;
        resolve();
      });
    });
  }

  static async connect(address: string): Promise<RawClient> {
    const socket = connect(Number(address.split(':')[1]), '127.0.0.1');
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** Sends a request and waits for its answer. */
  request(code: RequestName | number, request: RawRequest = {}): Promise<RawAnswer> {
    const opaque = this.send(code, request);
    return new Promise((resolve) => this.#waiting.set(opaque, resolve));
  }

  /** Sends a request; returns its opaque. */
  send(code: RequestName | number, request: RawRequest = {}): number {
    const { fields = {}, body, encoding = 'json', version = 475, flag = 0 } = request;
    const { opaque = this.#opaque++ } = request;
    const out = new FrameBuffer();
    const head = { code: requestCodeOf(code), opaque, flag, version, language: 'OTHER', remark: undefined };
    writeFrame(out, { ...head, fields: new Map(Object.entries(fields)), body }, encoding);
    this.sendBytes(Buffer.concat(out.take()));
    return opaque;
  }

  sendBytes(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** The answer to a request that was sent as bytes. */
  answerTo(opaque: number): Promise<RawAnswer> {
    return new Promise((resolve) => this.#waiting.set(opaque, resolve));
  }

  /** Proof that everything sent before was handled: the server answered something sent behind it. */
  async settled(): Promise<void> {
    await this.request('GET_ROUTEINFO_BY_TOPIC', { fields: { topic: 'settled' } });
  }

  async close(): Promise<void> {
    this.#socket.destroy();
    await this.closed;
  }
}

/** The header of an ordinary send, short names. */
export function sendFields(changes: Readonly<Record<string, string>> = {}): Record<string, string> {
  const identity = { a: 'group', b: 'topic', c: 'TBW102', d: '4', e: '0', f: '0', g: '1700000000000', h: '0' };
  return { ...identity, i: 'UNIQ_KEY\u0001KEY\u0002', j: '0', k: 'false', m: 'false', n: 'broker-a', ...changes };
}
