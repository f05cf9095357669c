/**
 * What one queue holds: records behind each other in a few large buffers outside the heap, so that millions of messages
 * are millions of bytes and not millions of objects. It does not know what a record means, except that its first eight
 * bytes are its length and how many offsets it takes: a batch that is one record takes as many as it has messages.
 *
 *     chunk 0, from offset 0             chunk 1, from offset 5
 *     [ record | record of 3 | record ]  [ record | gap | record | free ]
 *
 * A gap is an offset without a record: it was given away, and nothing can be read there.
 */

const FIRST_CHUNK_BYTES = 4 * 1024;
const LARGEST_CHUNK_BYTES = 1024 * 1024;

/** What the log writes before each record. */
export const LOG_BYTES = 8;

interface Chunk {
  readonly bytes: Buffer;
  /** Queue offset of its first record. */
  readonly firstOffset: number;
  used: number;
}

/** A record where it lies. */
export interface LogEntry {
  /** The first of its offsets. */
  readonly offset: number;
  /** The offset behind its last. */
  readonly end: number;
  /** A view of all of it. */
  readonly record: Buffer;
}

export class QueueLog {
  readonly #chunks: Chunk[] = [];
  #length = 0;
  #readableEnd = 0;
  #gaps = 0;

  /** The offset the next record gets; the first record has offset 0. */
  get length(): number {
    return this.#length;
  }

  /** The offset behind the last record; `length`, unless gaps follow it. */
  get readableEnd(): number {
    return this.#readableEnd;
  }

  /** How many offsets have no record. */
  get gaps(): number {
    return this.#gaps;
  }

  /** Appends a gap. */
  skip(): void {
    this.#append(LOG_BYTES, 1);
    this.#gaps++;
  }

  /** Appends a record of `size` bytes that takes `count` offsets; what is behind its first `LOG_BYTES` the caller fills. */
  append(size: number, count = 1): Buffer {
    const record = this.#append(size, count);
    this.#readableEnd = this.#length;
    return record;
  }

  #append(size: number, count: number): Buffer {
    const chunk = this.#chunkFor(size);
    const start = chunk.used;
    chunk.used += size;
    this.#length += count;
    chunk.bytes.writeInt32BE(size, start);
    chunk.bytes.writeInt32BE(count, start + 4);
    return chunk.bytes.subarray(start, chunk.used);
  }

  /**
   * The records from the one on that has `offset`: those of at most `maxCount` offsets, and of no more than `maxBytes`;
   * but the first is always among them. Empty outside of what is stored.
   */
  read(offset: number, maxCount: number, maxBytes: number): LogEntry[] {
    const entries: LogEntry[] = [];
    let count = 0;
    let bytes = 0;
    for (const entry of this.records(offset)) {
      count += entry.end - entry.offset;
      bytes += entry.record.length;
      if ((count > maxCount || bytes > maxBytes) && entries.length > 0) break;
      entries.push(entry);
    }
    return entries;
  }

  /** Every record in order from the one on that has offset `from`. */
  *records(from = 0): Generator<LogEntry> {
    if (from < 0 || from >= this.#length) return;
    let at = this.#chunks.findLastIndex((chunk) => chunk.firstOffset <= from);
    let offset = this.#chunks[at]?.firstOffset ?? 0;
    for (; at < this.#chunks.length; at++) {
      const chunk = this.#chunks[at];
      if (chunk === undefined) return;
      let position = 0;
      while (position < chunk.used) {
        const start = position;
        position += chunk.bytes.readInt32BE(start);
        const end = offset + chunk.bytes.readInt32BE(start + 4);
        const isGap = position - start === LOG_BYTES;
        if (end > from && !isGap) yield { offset, end, record: chunk.bytes.subarray(start, position) };
        offset = end;
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
