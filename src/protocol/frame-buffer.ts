/**
 * The bytes of one turn of the event loop for one connection: frames are written behind each other and handed to the
 * socket in one piece. It knows nothing of sockets.
 *
 *     chunk   [ taken before │ written │ free ]      bytes = from `│ written` on
 *     retired   a chunk that frames not yet taken lie in, beside the one being written to
 *     lent      a chunk that nothing is written to any more and that was handed out
 *     spare     one that came back
 *
 * One of each is all that is kept: what was taken and is never given back is forgotten.
 */

const CHUNK_BYTES = 256 * 1024;

export class FrameBuffer {
  /** Where the next frame goes: write at `offset`, then move `offset` on. Valid until the next `reserve` or `take`. */
  bytes: Buffer;
  offset = 0;
  #chunk: Buffer;
  #retired: Buffer | undefined;
  #lent: Buffer | undefined;
  #spare: Buffer | undefined;
  #full: Buffer[] = [];
  #fullBytes = 0;

  constructor() {
    this.#chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    this.bytes = this.#chunk;
  }

  /** Bytes written and not yet taken. */
  get length(): number {
    return this.#fullBytes + this.offset;
  }

  /** Makes sure that `size` bytes can be written at `offset`. */
  reserve(size: number): void {
    if (this.bytes.length - this.offset >= size) return;
    this.#seal();
    this.#startChunk(size);
  }

  /** Hands out what was written, in order, and starts afresh. The pieces stay as they are until `giveBack`. */
  take(): readonly Buffer[] {
    const rest = this.bytes.subarray(this.offset);
    this.#seal();
    // Without a spare, what is left of a chunk goes on being used: a turn with one small frame does not cost a chunk.
    if (this.#spare === undefined && rest.length >= CHUNK_BYTES / 8) this.bytes = rest;
    else this.#startChunk(0);
    const taken = this.#full;
    this.#full = [];
    this.#fullBytes = 0;
    this.#lent = this.#retired ?? this.#lent;
    this.#retired = undefined;
    return taken;
  }

  /** Everything that was taken may be written over: a busy connection then goes on with two chunks for ever. */
  giveBack(): void {
    this.#spare ??= this.#lent;
    this.#lent = undefined;
  }

  #startChunk(size: number): void {
    if (this.#chunk.length === CHUNK_BYTES) this.#retired = this.#chunk;
    if (this.#spare !== undefined && size <= CHUNK_BYTES) {
      this.#chunk = this.#spare;
      this.#spare = undefined;
    } else {
      this.#chunk = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, size));
    }
    this.bytes = this.#chunk;
  }

  #seal(): void {
    if (this.offset === 0) return;
    this.#full.push(this.bytes.subarray(0, this.offset));
    this.#fullBytes += this.offset;
    this.offset = 0;
  }
}
