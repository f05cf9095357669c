/**
 * LZ4 blocks: the compressed bytes without a frame around them. What a frame adds is `lz4-codec.ts`'s.
 * Source: lz4_Block_format.md of the LZ4 project.
 *
 *     sequence:  token 1 | more literal length | literals | offset 2 | more match length
 *     token:     literal length 4 bits, match length - 4 4 bits; 15 means that more bytes follow, up to one below 255
 *
 * A block ends with a sequence of literals only: its last 5 bytes are literals, and no match begins in its last 12.
 * Decoders that write exactly as many bytes as the block has copy in steps of 8 and rely on both (lz4js does not keep the
 * second rule: a quarter of its blocks of text is refused).
 */

const MIN_MATCH = 4;
const LAST_LITERALS = 5;
const NO_MATCH_FROM_END = 12;
const MAX_OFFSET = 65_535;
const RUN_MASK = 15;

const LOOP_BYTES = 64;
const HASH_BITS = 14;
const HASH_PRIME = 0x9e3779b1;
/** After so many positions without a match the steps become longer, as in data that cannot be compressed. */
const SKIP_SHIFT = 6;
/** When positions would no longer fit the table it starts again. */
const MAX_BASE = 2 ** 31 - 2 ** 26;

/** The most that a block of `bytes` can become: all literals. */
export const maxBlockBytes = (bytes: number): number => bytes + Math.floor(bytes / 255) + 16;

/** Finds repetitions by a table of where four bytes were seen last. One for all blocks of a pipeline. */
export class Lz4BlockEncoder {
  readonly #seenAt = new Int32Array(1 << HASH_BITS);
  /**
   * Positions in the table count on from block to block, so that what is older than this block is told by its number
   * and the table need not be cleared.
   */
  #base = 1;

  /** Writes the block of `source` from `start` to `end` to `out` at `at`, and returns where it ends. */
  encode(source: Buffer, start: number, end: number, out: Buffer, at: number): number {
    const seenAt = this.#seenAt;
    if (this.#base > MAX_BASE) {
      seenAt.fill(0);
      this.#base = 1;
    }
    const base = this.#base - start;
    this.#base += end - start;
    const lastStart = end - NO_MATCH_FROM_END;
    const matchLimit = end - LAST_LITERALS;
    const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
    let to = at;
    let literalsFrom = start;
    let position = start;
    let misses = 0;
    while (position <= lastStart) {
      const four = view.getUint32(position, true);
      const hash = Math.imul(four, HASH_PRIME) >>> (32 - HASH_BITS);
      const candidate = (seenAt[hash] ?? 0) - base;
      seenAt[hash] = position + base;
      if (candidate < start || position - candidate > MAX_OFFSET || view.getUint32(candidate, true) !== four) {
        position += 1 + (misses++ >> SKIP_SHIFT);
        continue;
      }
      misses = 0;
      let matchEnd = position + MIN_MATCH;
      let from = candidate + MIN_MATCH;
      while (matchEnd < matchLimit && source[matchEnd] === source[from]) {
        matchEnd++;
        from++;
      }
      to = putLiterals(source, literalsFrom, position, matchEnd - position - MIN_MATCH, out, to);
      const offset = position - candidate;
      out[to++] = offset & 0xff;
      out[to++] = offset >> 8;
      to = putLength(matchEnd - position - MIN_MATCH, out, to);
      position = matchEnd;
      literalsFrom = matchEnd;
    }
    return putLiterals(source, literalsFrom, end, 0, out, to);
  }
}

/** The token and the literals of a sequence; the offset and the rest of the match length follow. */
function putLiterals(source: Buffer, from: number, end: number, match: number, out: Buffer, at: number): number {
  const literals = end - from;
  out[at] = (Math.min(literals, RUN_MASK) << 4) | Math.min(match, RUN_MASK);
  const to = putLength(literals, out, at + 1);
  // For a few bytes a loop costs less than a view.
  if (literals > LOOP_BYTES) out.set(source.subarray(from, end), to);
  else for (let i = 0; i < literals; i++) out[to + i] = source[from + i] ?? 0;
  return to + literals;
}

/** What of a length has no room in the token. */
function putLength(length: number, out: Buffer, at: number): number {
  if (length < RUN_MASK) return at;
  let to = at;
  let rest = length - RUN_MASK;
  for (; rest >= 255; rest -= 255) out[to++] = 255;
  out[to++] = rest;
  return to;
}

/** Decoded bytes: as much memory as they need, and never more than a limit. */
export class Lz4Output {
  bytes: Buffer;
  length = 0;
  readonly #maxBytes: number;

  constructor(expectedBytes: number, maxBytes: number) {
    this.bytes = Buffer.allocUnsafe(Math.min(expectedBytes, maxBytes));
    this.#maxBytes = maxBytes;
  }

  /** Makes room for `more` bytes at `length`. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed > this.#maxBytes) throw new Error('the content is larger than the limit');
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.min(Math.max(needed, this.bytes.length * 2), this.#maxBytes));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }

  append(source: Buffer, start: number, end: number): void {
    this.reserve(end - start);
    source.copy(this.bytes, this.length, start, end);
    this.length += end - start;
  }

  /** Repeats `count` bytes from `offset` back; the two may overlap, and then repeat what was just written. */
  repeat(offset: number, count: number): void {
    this.reserve(count);
    const { bytes } = this;
    const end = this.length + count;
    if (offset >= count) bytes.copyWithin(this.length, this.length - offset, end - offset);
    else for (let at = this.length; at < end; at++) bytes[at] = bytes[at - offset] ?? 0;
    this.length = end;
  }
}

/**
 * Decodes the block of `source` from `start` to `end`. Matches reach back as far as `windowStart` of the output: to the
 * start of this block, or, in a frame whose blocks are linked, to that of the frame. Throws for anything else than a block.
 */
export function decodeBlock(source: Buffer, start: number, end: number, output: Lz4Output, windowStart: number): void {
  let at = start;
  const next = (): number => {
    if (at >= end) throw new Error('an LZ4 block ends too early');
    return source[at++] ?? 0;
  };
  const length = (inToken: number): number => {
    let total = inToken;
    if (inToken === RUN_MASK) {
      for (let more = 255; more === 255; total += more) more = next();
    }
    return total;
  };
  for (;;) {
    const token = next();
    const literals = length(token >> 4);
    if (literals > end - at) throw new Error('an LZ4 block ends too early');
    output.append(source, at, at + literals);
    at += literals;
    if (at === end) return;
    const offset = next() | (next() << 8);
    const match = length(token & RUN_MASK) + MIN_MATCH;
    if (offset === 0 || offset > output.length - windowStart) throw new Error('an LZ4 match begins before its block');
    output.repeat(offset, match);
  }
}
