/**
 * Reads big-endian values one behind the other out of bytes that came from a peer; no read goes beyond their end. It
 * knows no format.
 */
import { violation } from './violation.js';

export class ByteReader {
  readonly #bytes: Buffer;
  readonly #what: string;
  #at = 0;

  /** `what` names the content in errors. Every read throws RMQ_PROTOCOL_VIOLATION where bytes are missing. */
  constructor(bytes: Buffer, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  int8(): number {
    return this.#bytes.readInt8(this.#take(1));
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#take(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#take(4));
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#take(8));
  }

  /** A view of the next `length` bytes. */
  bytes(length: number): Buffer {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** A reader of the next `length` bytes only. */
  part(length: number): ByteReader {
    return new ByteReader(this.bytes(length), this.#what);
  }

  /** Throws unless everything was read. */
  end(): void {
    if (this.remaining > 0) throw violation(`${this.#what} has ${this.remaining} bytes too many`);
  }

  #take(length: number): number {
    const start = this.#at;
    if (length < 0 || length > this.remaining) throw violation(`${this.#what} is cut off, or a length in it is wrong`);
    this.#at = start + length;
    return start;
  }
}
