/**
 * Frames: one command as bytes, and bytes as one received frame. It does not cut a stream into frames; that is the
 * connection's work.
 * Source: RemotingCommand.java, NettyDecoder.java (5.5.0).
 *
 *     total 4 (without itself) | encoding 1 (0 JSON, 1 ROCKETMQ) | header length 3 | header | body
 */
import type { Command, HeaderEncoding } from './command.js';
import type { FrameBuffer } from './frame-buffer.js';
import { FRAME_LIMITS } from './frame-limits.js';
import { encodeBinaryHeader, readBinaryHeader } from './header-binary.js';
import { encodeJsonHeader, readJsonHeader } from './header-json.js';
import type { ReceivedFrame } from './received-frame.js';
import { violation } from './violation.js';

export { FRAME_LIMITS };

const JSON_TYPE = 0;
const BINARY_TYPE = 1;
const PREFIX_BYTES = FRAME_LIMITS.prefixBytes;
const TOTAL_BYTES = 4;

/** Appends the frame of `command` to `out`. */
export function writeFrame(out: FrameBuffer, command: Command, encoding: HeaderEncoding): void {
  const header = encoding === 'json' ? encodeJsonHeader(command) : encodeBinaryHeader(command);
  const frameBytes = PREFIX_BYTES + header.length + (command.body?.length ?? 0);
  out.reserve(frameBytes);
  const { bytes, offset } = out;
  bytes.writeInt32BE(frameBytes - TOTAL_BYTES, offset);
  bytes.writeUInt8(encoding === 'json' ? JSON_TYPE : BINARY_TYPE, offset + 4);
  bytes.writeUIntBE(header.length, offset + 5, 3);
  bytes.set(header, offset + PREFIX_BYTES);
  if (command.body !== undefined) bytes.set(command.body, offset + PREFIX_BYTES + header.length);
  out.offset = offset + frameBytes;
}

/**
 * Reads the whole frame in `start..end` of `buffer`, length bytes included, into `into`; its body is a view. Linear in
 * the header, whatever the bytes are. Throws RMQ_PROTOCOL_VIOLATION and nothing else; `into` is then undefined.
 */
export function readFrame(buffer: Buffer, start: number, end: number, into: ReceivedFrame): void {
  const frameBytes = end - start;
  if (frameBytes < PREFIX_BYTES || frameBytes > FRAME_LIMITS.frameBytes)
    throw violation('a frame has an impossible length');
  if (buffer.readInt32BE(start) !== frameBytes - TOTAL_BYTES)
    throw violation('a frame has another length than it says');
  const headerBytes = buffer.readUIntBE(start + 5, 3);
  const headerStart = start + PREFIX_BYTES;
  const headerEnd = headerStart + headerBytes;
  if (headerEnd > end) throw violation('a header is longer than its frame');
  if (headerBytes > FRAME_LIMITS.headerBytes) {
    throw violation('a header is larger than the limit', { limit: FRAME_LIMITS.headerBytes });
  }
  const type = buffer[start + 4];
  if (type !== JSON_TYPE && type !== BINARY_TYPE) throw violation('a frame has an unknown header encoding');
  const readHeader = type === JSON_TYPE ? readJsonHeader : readBinaryHeader;
  into.encoding = type === JSON_TYPE ? 'json' : 'binary';
  if (!into.readByLayout(buffer, headerStart, headerEnd, readHeader)) {
    into.reset(buffer);
    readHeader(buffer, headerStart, headerEnd, into);
  }
  if (headerEnd < end) into.body = buffer.subarray(headerEnd, end);
}
