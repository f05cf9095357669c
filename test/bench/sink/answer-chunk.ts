/**
 * Many answers of one shape in one buffer, written beforehand: an answer costs the filling of its gaps. Chunks that the
 * kernel has taken are used again.
 */
import { type AnswerShape, answerTemplate, FIRST_OFFSET, ID_DIGITS, OFFSET_DIGITS } from './answer-template.js';

const CHUNK_BYTES = 64 * 1024;
const ZERO = 48;
const HEX = Buffer.from('0123456789ABCDEF');

/** The chunks of one shape. */
export class AnswerChunks {
  readonly #shape: AnswerShape;
  readonly #free: AnswerChunk[] = [];

  constructor(shape: AnswerShape) {
    this.#shape = shape;
  }

  take(): AnswerChunk {
    return this.#free.pop() ?? new AnswerChunk(this, this.#shape);
  }

  giveBack(chunk: AnswerChunk): void {
    chunk.clear();
    this.#free.push(chunk);
  }
}

export class AnswerChunk {
  readonly chunks: AnswerChunks;
  readonly #shape: AnswerShape;
  readonly #template;
  readonly #bytes: Buffer;
  readonly #capacity: number;
  #answers = 0;

  constructor(chunks: AnswerChunks, shape: AnswerShape) {
    this.chunks = chunks;
    this.#shape = shape;
    this.#template = answerTemplate(shape);
    this.#capacity = Math.max(1, Math.floor(CHUNK_BYTES / this.#template.bytes.length));
    this.#bytes = Buffer.concat(Array.from({ length: this.#capacity }, () => this.#template.bytes));
  }

  get isFull(): boolean {
    return this.#answers === this.#capacity;
  }

  /** The answers so far; valid until `clear`. */
  get filled(): Buffer {
    return this.#bytes.subarray(0, this.#answers * this.#template.bytes.length);
  }

  clear(): void {
    this.#answers = 0;
  }

  /** Adds an answer; `stored` counts the messages that this broker has taken before. */
  add(opaque: number, queueId: number, stored: number): void {
    const { queueIdDigits, opaqueDigits } = this.#shape;
    const { queueIdAt, offsetAt, opaqueAt, idsAt, bytes } = this.#template;
    const at = this.#answers++ * bytes.length;
    writeDigits(this.#bytes, at + queueIdAt, queueIdDigits, queueId);
    writeDigits(this.#bytes, at + offsetAt, OFFSET_DIGITS, FIRST_OFFSET + stored);
    for (let id = 0; id < idsAt.length; id++) writeHex(this.#bytes, at + (idsAt[id] ?? 0), stored + id);
    if (opaqueDigits > 0) writeDigits(this.#bytes, at + opaqueAt, opaqueDigits, opaque);
    else this.#bytes.writeInt32BE(opaque, at + opaqueAt);
  }
}

function writeDigits(bytes: Buffer, at: number, digits: number, value: number): void {
  let rest = value;
  for (let place = at + digits - 1; place >= at; place--) {
    const tenth = Math.floor(rest / 10);
    bytes[place] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
}

function writeHex(bytes: Buffer, at: number, value: number): void {
  let rest = value;
  for (let place = at + ID_DIGITS - 1; place >= at; place--) {
    bytes[place] = HEX[rest & 15] ?? ZERO;
    rest >>>= 4;
  }
}
