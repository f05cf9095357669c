/**
 * LZ4 bodies: frames as lz4-java writes them, and frames of anybody. What is inside of a block is `lz4-block.ts`'s.
 * Sources: Lz4Compressor.java (5.5.0), LZ4FrameInputStream.java (lz4-java 1.8), lz4_Frame_format.md of the LZ4 project.
 *
 *     magic 4 | FLG | BD | (content size 8) | HC | blocks: size 4, bytes, (checksum 4) | 0 | (content checksum 4)
 *
 * lz4-java refuses frames whose blocks may refer to the one before (FLG bit 5 not set), so each block stands alone. The
 * level means nothing to it. Checksums are passed over: brokers keep one of the whole body.
 */
import type { Codec } from './codec.js';
import { decodeBlock, Lz4BlockEncoder, Lz4Output, maxBlockBytes } from './lz4-block.js';
import { SysFlag } from './sys-flag.js';

const MAGIC = 0x184d2204;
/** Version 1, independent blocks, no checksums, no content size. */
const FLG = 0x60;
/** Blocks of 4 MiB at most. */
const BD = 0x70;
/** The second byte of xxHash32 over FLG and BD: always the same, as they are. */
const HC = 0x73;
const MAX_BLOCK_BYTES = 4 * 1024 * 1024;
const HEADER_BYTES = 7;
const SIZE_BYTES = 4;
const END_MARK_BYTES = 4;
/** In the size of a block: its bytes are as they were. */
const UNCOMPRESSED = 0x80000000;

const VERSION_MASK = 0xc0;
const VERSION_1 = 0x40;
const INDEPENDENT = 0x20;
const BLOCK_CHECKSUM = 0x10;
const CONTENT_SIZE = 0x08;
const CONTENT_CHECKSUM = 0x04;
const DICTIONARY = 0x01;
const CHECKSUM_BYTES = 4;

/** The codec of one pipeline: it keeps 64 KiB of tables for what it compresses. */
export function createLz4Codec(): Codec {
  const encoder = new Lz4BlockEncoder();
  return {
    sysFlag: SysFlag.COMPRESSED | SysFlag.LZ4,
    deferred: undefined,
    compressSync: (body) => writeLz4Frame(body, encoder),
    decompress: readLz4Frames,
  };
}

function writeLz4Frame(body: Uint8Array, encoder: Lz4BlockEncoder): Buffer {
  const source = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const blocks = Math.ceil(source.length / MAX_BLOCK_BYTES);
  const most = HEADER_BYTES + maxBlockBytes(source.length) + blocks * (SIZE_BYTES + 16) + END_MARK_BYTES;
  const out = Buffer.allocUnsafe(most);
  out.writeUInt32LE(MAGIC, 0);
  out[4] = FLG;
  out[5] = BD;
  out[6] = HC;
  let at = HEADER_BYTES;
  for (let start = 0; start < source.length; start += MAX_BLOCK_BYTES) {
    const end = Math.min(start + MAX_BLOCK_BYTES, source.length);
    const to = at + SIZE_BYTES;
    let blockEnd = encoder.encode(source, start, end, out, to);
    if (blockEnd - to < end - start) {
      out.writeUInt32LE(blockEnd - to, at);
    } else {
      out.writeUInt32LE(end - start + UNCOMPRESSED, at);
      blockEnd = to + source.copy(out, to, start, end);
    }
    at = blockEnd;
  }
  out.writeUInt32LE(0, at);
  return out.subarray(0, at + END_MARK_BYTES);
}

/** Reads whatever frames there are behind each other, as Java does. */
export function readLz4Frames(body: Buffer, maxBytes: number): Buffer {
  const output = new Lz4Output(Math.max(64, body.length * 4), maxBytes);
  let at = 0;
  do at = readFrame(body, at, output);
  while (at < body.length);
  return output.bytes.subarray(0, output.length);
}

/** Returns where the frame ends. Reading beyond the end of the body throws, as Buffer does it. */
function readFrame(body: Buffer, start: number, output: Lz4Output): number {
  if (body.readUInt32LE(start) !== MAGIC) throw new Error('this is no LZ4 frame');
  const flg = body.readUInt8(start + 4);
  if ((flg & VERSION_MASK) !== VERSION_1) throw new Error('this is no version 1 of an LZ4 frame');
  if ((flg & DICTIONARY) !== 0) throw new Error('an LZ4 frame wants a dictionary');
  const frameStart = output.length;
  let at = start + HEADER_BYTES + ((flg & CONTENT_SIZE) === 0 ? 0 : 8);
  for (;;) {
    const size = body.readUInt32LE(at);
    at += SIZE_BYTES;
    if (size === 0) break;
    const end = at + (size & ~UNCOMPRESSED);
    if (end > body.length) throw new Error('an LZ4 frame ends too early');
    if (size >= UNCOMPRESSED) output.append(body, at, end);
    else decodeBlock(body, at, end, output, (flg & INDEPENDENT) === 0 ? frameStart : output.length);
    at = end + ((flg & BLOCK_CHECKSUM) === 0 ? 0 : CHECKSUM_BYTES);
  }
  const frameEnd = at + ((flg & CONTENT_CHECKSUM) === 0 ? 0 : CHECKSUM_BYTES);
  if (frameEnd > body.length) throw new Error('an LZ4 frame ends too early');
  return frameEnd;
}
