/**
 * The bytes of one turn of the event loop for one connection: frames are written behind each other and handed to the
 * socket in one piece. It knows nothing of sockets.
 */

const CHUNK_BYTES = 256 * 1024;

export class FrameBuffer {
  /** Where the next frame goes: write at `offset`, then move `offset` on. Valid until the next `reserve` or `take`. */
  bytes: Buffer;
  offset = 0;
  #full: Buffer[] = [];
  #fullBytes = 0;

  constructor() {
    this.bytes = Buffer.allocUnsafe(CHUNK_BYTES);
  }

  /** Bytes written and not yet taken. */
  get length(): number {
    return this.#fullBytes + this.offset;
  }

  /** Makes sure that `size` bytes can be written at `offset`. */
  reserve(size: number): void {
    if (this.bytes.length - this.offset >= size) return;
    this.#seal();
    this.bytes = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, size));
  }

  /** Hands out what was written, in order, and starts afresh. The chunks belong to the caller. */
  take(): readonly Buffer[] {
    const rest = this.bytes.subarray(this.offset);
    this.#seal();
    // What is left of a chunk goes on being used: a turn with one small frame does not cost a whole chunk.
    this.bytes = rest.length >= CHUNK_BYTES / 8 ? rest : Buffer.allocUnsafe(CHUNK_BYTES);
    const taken = this.#full;
    this.#full = [];
    this.#fullBytes = 0;
    return taken;
  }

  #seal(): void {
    if (this.offset === 0) return;
    this.#full.push(this.bytes.subarray(0, this.offset));
    this.#fullBytes += this.offset;
    this.offset = 0;
  }
}
