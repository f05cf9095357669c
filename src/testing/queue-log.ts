/**
 * What one queue holds: records behind each other in a few large buffers outside the heap, so that millions of messages
 * are millions of bytes and not millions of objects. It does not know what a record means, except that its first four
 * bytes are its length.
 *
 *     chunk 0, from offset 0        chunk 1, from offset 3
 *     [ record | record | record ]  [ record | record | free      ]
 */

const FIRST_CHUNK_BYTES = 4 * 1024;
const LARGEST_CHUNK_BYTES = 1024 * 1024;

interface Chunk {
  readonly bytes: Buffer;
  /** Queue offset of its first record. */
  readonly firstOffset: number;
  used: number;
}

export class QueueLog {
  readonly #chunks: Chunk[] = [];
  #length = 0;

  /** The offset the next record gets; the first record has offset 0. */
  get length(): number {
    return this.#length;
  }

  /** Appends a record of `size` bytes, which the caller fills at once, its length first. */
  append(size: number): Buffer {
    const chunk = this.#chunkFor(size);
    const start = chunk.used;
    chunk.used += size;
    this.#length++;
    return chunk.bytes.subarray(start, chunk.used);
  }

  /**
   * The records from `offset` on, as views: at most `maxCount`, and no more than `maxBytes` unless the first alone is
   * larger. Empty outside of what is stored.
   */
  read(offset: number, maxCount: number, maxBytes: number): Buffer[] {
    const records: Buffer[] = [];
    let bytes = 0;
    for (const record of this.#from(offset)) {
      bytes += record.length;
      if (records.length === maxCount || (bytes > maxBytes && records.length > 0)) break;
      records.push(record);
    }
    return records;
  }

  /** Every record in order, as views. */
  records(): Iterable<Buffer> {
    return this.#from(0);
  }

  *#from(offset: number): Generator<Buffer> {
    if (offset < 0 || offset >= this.#length) return;
    let at = this.#chunks.findLastIndex((chunk) => chunk.firstOffset <= offset);
    let skip = offset - (this.#chunks[at]?.firstOffset ?? 0);
    for (; at < this.#chunks.length; at++) {
      const chunk = this.#chunks[at];
      if (chunk === undefined) return;
      let position = 0;
      while (position < chunk.used) {
        const end = position + chunk.bytes.readInt32BE(position);
        if (skip > 0) skip--;
        else yield chunk.bytes.subarray(position, end);
        position = end;
      }
    }
  }

  #chunkFor(size: number): Chunk {
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.bytes.length - last.used >= size) return last;
    const grown = last === undefined ? FIRST_CHUNK_BYTES : Math.min(last.bytes.length * 2, LARGEST_CHUNK_BYTES);
    // Not from Node's shared pool: its slabs are small, and one long-lived record would keep a whole slab alive.
    const bytes = Buffer.allocUnsafeSlow(Math.max(grown, size));
    const chunk: Chunk = { bytes, firstOffset: this.#length, used: 0 };
    this.#chunks.push(chunk);
    return chunk;
  }
}
