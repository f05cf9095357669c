/** Frames and exchanges for the tests of connections. */
import type { Connection, Exchange, OnewayExchange } from '../../../src/connection/connection.js';
import { FrameReader } from '../../../src/connection/frame-reader.js';
import type { RocketMQError } from '../../../src/errors/rocketmq-error.js';
import {
  type Command,
  FLAG_ONEWAY,
  FLAG_RESPONSE,
  type HeaderEncoding,
  type OutgoingFrame,
} from '../../../src/protocol/command.js';
import { FrameBuffer } from '../../../src/protocol/frame-buffer.js';
import { writeFrame } from '../../../src/protocol/frame.js';

const plain: Command = {
  code: 0,
  opaque: 0,
  flag: 0,
  version: 513,
  language: 'JAVA',
  remark: undefined,
  fields: new Map(),
  body: undefined,
};

const scratch = new FrameBuffer();

export function frameOf(command: Partial<Command>, encoding: HeaderEncoding = 'json'): Buffer {
  writeFrame(scratch, { ...plain, ...command }, encoding);
  return Buffer.concat(scratch.take());
}

/** The bytes of a positive answer. */
export const answerTo = (opaque: number, rest: Partial<Command> = {}): Buffer =>
  frameOf({ opaque, flag: FLAG_RESPONSE, ...rest });

/** A request whose code tells it from the others. */
export const outgoing = (code: number, bodyBytes = 0): OutgoingFrame => ({
  writeTo(out, opaque, encoding) {
    writeFrame(out, { ...plain, code, opaque, body: Buffer.alloc(bodyBytes, code) }, encoding);
  },
});

export const outgoingOneway = (code: number): OutgoingFrame => ({
  writeTo(out, opaque, encoding) {
    writeFrame(out, { ...plain, code, opaque, flag: FLAG_ONEWAY }, encoding);
  },
});

export const outgoingAnswer = (code: number): OutgoingFrame => ({
  writeTo(out, opaque, encoding) {
    writeFrame(out, { ...plain, code, opaque, flag: FLAG_RESPONSE }, encoding);
  },
});

/** All whole frames in `bytes`. */
export function framesIn(bytes: Buffer): (Command & { encoding: HeaderEncoding })[] {
  const commands: (Command & { encoding: HeaderEncoding })[] = [];
  new FrameReader((frame) => commands.push({ ...frame.toCommand(), encoding: frame.encoding })).push(bytes);
  return commands;
}

/** An exchange that remembers how often and how it ended. */
export class Waiting implements Exchange, OnewayExchange {
  readonly answers: Command[] = [];
  readonly failures: RocketMQError[] = [];
  handOvers = 0;
  #tellEnd: () => void = () => undefined;
  /** Resolves when it has ended, one way or the other. */
  readonly ended = new Promise<void>((resolve) => {
    this.#tellEnd = resolve;
  });

  constructor(public deadlineAt = Number.POSITIVE_INFINITY) {}

  onAnswer(frame: { toCommand(): Command }, _connection: Connection): void {
    this.answers.push(frame.toCommand());
    this.#tellEnd();
  }

  onFailure(error: RocketMQError): void {
    this.failures.push(error);
    this.#tellEnd();
  }

  onHandedOver(): void {
    this.handOvers++;
    this.#tellEnd();
  }

  /** `answered`, `handed over`, `CODE stored`, or `waiting`; several if it ended more than once. */
  get fate(): string {
    const ends = [
      ...this.answers.map(() => 'answered'),
      ...Array.from({ length: this.handOvers }, () => 'handed over'),
      ...this.failures.map(({ code, stored }) => `${code} ${stored}`),
    ];
    return ends.length === 0 ? 'waiting' : ends.join(', ');
  }
}
