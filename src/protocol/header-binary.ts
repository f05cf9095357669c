/**
 * The ROCKETMQ header (type 1). It reads and writes headers only; the frame around them is `frame.ts`'s.
 * Source: RocketMQSerializable.java (5.5.0).
 *
 *     code 2 | language 1 | version 2 | opaque 4 | flag 4 | remark 4 + n | fields 4 + n: (name 2 + n, value 4 + n)*
 */
import { isUtf8 } from 'node:buffer';
import type { Command } from './command.js';
import { languageCode, languageName } from './language-code.js';
import type { ReceivedFrame } from './received-frame.js';
import { violation } from './violation.js';

/** Everything but the texts. */
const FIXED_BYTES = 21;
const MAX_UTF8_BYTES_PER_CHARACTER = 3;
const LENGTHS_PER_FIELD = 6;

/**
 * The header of `command` as bytes, without fields whose name or value is empty. Java reads an empty text as null, as if
 * there were no such field, but signs it as the word "null" (`AclUtils.combineRequestContent`, 4.9.7 and 5.5.0).
 */
export function encodeBinaryHeader(command: Command): Buffer {
  const { remark = '', fields } = command;
  const maxBytes = FIXED_BYTES + remark.length * MAX_UTF8_BYTES_PER_CHARACTER + maxFieldBytes(fields);
  const bytes = Buffer.allocUnsafe(maxBytes);
  let at = bytes.writeInt16BE(command.code, 0);
  at = bytes.writeUInt8(languageCode(command.language), at);
  at = bytes.writeInt16BE(command.version, at);
  at = bytes.writeInt32BE(command.opaque, at);
  at = bytes.writeInt32BE(command.flag, at);
  at = writeText(bytes, at, remark);
  const fieldsAt = at + 4;
  at = fieldsAt;
  at = writeFields(bytes, at, fields);
  bytes.writeInt32BE(at - fieldsAt, fieldsAt - 4);
  return bytes.subarray(0, at);
}

/** Only the fields, as they lie behind the rest of a header. */
export function encodeBinaryFields(fields: ReadonlyMap<string, string>): Buffer {
  const bytes = Buffer.allocUnsafe(maxFieldBytes(fields));
  return bytes.subarray(0, writeFields(bytes, 0, fields));
}

function maxFieldBytes(fields: ReadonlyMap<string, string>): number {
  let maxBytes = 0;
  for (const [name, value] of fields) {
    maxBytes += LENGTHS_PER_FIELD + (name.length + value.length) * MAX_UTF8_BYTES_PER_CHARACTER;
  }
  return maxBytes;
}

function writeFields(bytes: Buffer, start: number, fields: ReadonlyMap<string, string>): number {
  let at = start;
  for (const [name, value] of fields) {
    if (name === '' || value === '') continue;
    const nameBytes = bytes.write(name, at + 2);
    at = bytes.writeInt16BE(nameBytes, at) + nameBytes;
    at = writeText(bytes, at, value);
  }
  return at;
}

function writeText(bytes: Buffer, at: number, text: string): number {
  const textBytes = bytes.write(text, at + 4);
  return bytes.writeInt32BE(textBytes, at) + textBytes;
}

/** Reads the header in `start..end` of `bytes` into a frame that was reset; throws RMQ_PROTOCOL_VIOLATION. */
export function readBinaryHeader(bytes: Buffer, start: number, end: number, into: ReceivedFrame): void {
  if (end - start < FIXED_BYTES) throw violation('the binary header is shorter than its fixed part');
  into.code = bytes.readInt16BE(start);
  into.language = languageName(bytes[start + 2] ?? 0);
  into.version = bytes.readInt16BE(start + 3);
  into.opaque = bytes.readInt32BE(start + 5);
  into.flag = bytes.readInt32BE(start + 9);
  const remarkAt = start + 17;
  const remarkEnd = remarkAt + bytes.readInt32BE(start + 13);
  // The length of the fields must still fit behind the remark.
  if (remarkEnd < remarkAt || remarkEnd > end - 4) throw violation('the remark does not fit into the binary header');
  if (remarkEnd > remarkAt) into.remark = bytes.toString('utf8', remarkAt, remarkEnd);
  const fieldsAt = remarkEnd + 4;
  const fieldsEnd = fieldsAt + bytes.readInt32BE(remarkEnd);
  if (fieldsEnd < fieldsAt || fieldsEnd > end) throw violation('the fields do not fit into the binary header');
  readFields(bytes, fieldsAt, fieldsEnd, into);
}

function readFields(bytes: Buffer, start: number, end: number, into: ReceivedFrame): void {
  let at = start;
  while (at < end) {
    const nameAt = at + 2;
    if (nameAt > end) throw violation('the name of a field is cut off');
    const nameEnd = nameAt + bytes.readInt16BE(at);
    const valueAt = nameEnd + 4;
    if (nameEnd < nameAt || valueAt > end) throw violation('the name of a field does not fit into the binary header');
    const valueEnd = valueAt + bytes.readInt32BE(nameEnd);
    if (valueEnd < valueAt || valueEnd > end) throw violation('a field does not fit into the binary header');
    at = valueEnd;
    // Java reads an empty name or value as null; nobody can ask for a field without a name.
    if (nameEnd === nameAt) continue;
    if (valueEnd === valueAt) {
      into.index.addText(decodeUtf8(bytes.subarray(nameAt, nameEnd)), null);
    } else if (isAscii(bytes, nameAt, nameEnd) && isAscii(bytes, valueAt, valueEnd)) {
      into.index.add(nameAt, nameEnd, valueAt, valueEnd);
    } else {
      into.index.addText(decodeUtf8(bytes.subarray(nameAt, nameEnd)), decodeUtf8(bytes.subarray(valueAt, valueEnd)));
    }
  }
}

function isAscii(bytes: Buffer, start: number, end: number): boolean {
  let all = 0;
  for (let i = start; i < end; i++) all |= bytes[i] ?? 0;
  return all < 0x80;
}

function decodeUtf8(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw violation('a field of the binary header is not UTF-8');
  return bytes.toString('utf8');
}
