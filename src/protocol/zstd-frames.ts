/**
 * Where the frames of a zstd body lie, and what they say about themselves: decoders give what there is of a body that was
 * cut off, and some know only one frame. What is inside of a frame is theirs.
 * Source: RFC 8878, 3.1.
 *
 *     magic 4 | descriptor 1 | (window 1) | (dictionary id 1, 2, 4) | (content size 1, 2, 4, 8) | blocks | (checksum 4)
 *     block:  last 1 bit, kind 2 bits, size 21 bits | bytes
 */

export interface ZstdFrame {
  readonly bytes: Buffer;
  /** As its header says; undefined where it does not say. */
  readonly contentSize: number | undefined;
}

const MAGIC = 0xfd2fb528;
/** Frames with any of these 16 hold no content. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const SINGLE_SEGMENT = 0x20;
const CHECKSUM = 0x04;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];
/** By the two highest bits of the descriptor; a single segment has at least one. */
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];
/** What a size of two bytes does not count. */
const TWO_BYTES_FROM = 256;
/** The kind of block that is one byte, repeated `size` times. */
const REPEATED = 1;

/** Writers make one frame of a body; each costs a decoder of its own, however little is in it. */
const MAX_FRAMES = 1024;

/** Throws where the body is anything else than whole frames, 1024 of them at most. */
export function splitZstdFrames(body: Buffer): readonly ZstdFrame[] {
  const frames: ZstdFrame[] = [];
  let at = 0;
  do {
    const magic = body.readUInt32LE(at);
    const isSkippable = (magic & ~0xf) >>> 0 === SKIPPABLE_MAGIC;
    if (!isSkippable && magic !== MAGIC) throw new Error('this is no zstd frame');
    const end = isSkippable ? at + 8 + body.readUInt32LE(at + 4) : frameEnd(body, at);
    if (end > body.length) throw new Error('a zstd frame ends too early');
    if (frames.length === MAX_FRAMES) throw new Error(`a body has more than ${MAX_FRAMES} zstd frames`);
    if (!isSkippable) frames.push({ bytes: body.subarray(at, end), contentSize: contentSize(body, at) });
    at = end;
  } while (at < body.length);
  return frames;
}

/** Where the header's content size lies, and how many bytes it has. */
function contentSizePlace(body: Buffer, start: number): { readonly at: number; readonly bytes: number } {
  const descriptor = body.readUInt8(start + 4);
  const isSingleSegment = (descriptor & SINGLE_SEGMENT) !== 0;
  const bytes = CONTENT_SIZE_BYTES[descriptor >> 6] ?? 0;
  return {
    at: start + 5 + (isSingleSegment ? 0 : 1) + (DICTIONARY_ID_BYTES[descriptor & 3] ?? 0),
    bytes: bytes === 0 && isSingleSegment ? 1 : bytes,
  };
}

function contentSize(body: Buffer, start: number): number | undefined {
  const { at, bytes } = contentSizePlace(body, start);
  switch (bytes) {
    case 0:
      return undefined;
    case 2:
      return body.readUInt16LE(at) + TWO_BYTES_FROM;
    case 8:
      return Number(body.readBigUInt64LE(at));
    default:
      return body.readUIntLE(at, bytes);
  }
}

function frameEnd(body: Buffer, start: number): number {
  const place = contentSizePlace(body, start);
  let at = place.at + place.bytes;
  for (let isLast = false; !isLast;) {
    const block = body.readUIntLE(at, 3);
    isLast = (block & 1) !== 0;
    at += 3 + (((block >> 1) & 3) === REPEATED ? 1 : block >> 3);
  }
  return at + ((body.readUInt8(start + 4) & CHECKSUM) === 0 ? 0 : 4);
}
