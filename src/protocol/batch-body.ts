/**
 * The body of a batch: its messages behind each other. Which messages may share a batch is not decided here.
 * Source: MessageDecoder.java encodeMessage, decodeMessage (5.5.0).
 *
 *     size 4 (with itself) | magic 4, 0 | crc 4, 0 | flag 4 | body 4 + n | properties 2 + n
 */
import { createError } from '../errors/rocketmq-error.js';
import { ByteReader } from './byte-reader.js';
import { MAX_PROPERTIES_BYTES } from './message-properties.js';
import { violation } from './violation.js';

export interface BatchMember {
  readonly flag: number;
  readonly body: Uint8Array;
  /** Encoded; see `properties.ts`. */
  readonly properties: string;
}

/** What a member takes besides body and properties. */
export const BATCH_MEMBER_BYTES = 22;

/**
 * The body of a batch with these members, in this order. Throws RMQ_MESSAGE_TOO_LARGE when the properties of one exceed
 * 32767 bytes: Java writes a negative length then, and the broker misreads all that follows.
 */
export function encodeBatchBody(members: readonly BatchMember[]): Buffer {
  const sizes = members.map(({ body, properties }) => {
    const propertyBytes = Buffer.byteLength(properties);
    if (propertyBytes > MAX_PROPERTIES_BYTES) throw propertiesTooLarge(propertyBytes);
    return { propertyBytes, size: BATCH_MEMBER_BYTES + body.length + propertyBytes };
  });
  const bytes = Buffer.alloc(sizes.reduce((sum, { size }) => sum + size, 0));
  let at = 0;
  for (const [i, { flag, body, properties }] of members.entries()) {
    const { size = 0, propertyBytes = 0 } = sizes[i] ?? {};
    bytes.writeInt32BE(size, at);
    bytes.writeInt32BE(flag, at + 12);
    bytes.writeInt32BE(body.length, at + 16);
    bytes.set(body, at + 20);
    const propertiesAt = at + 20 + body.length;
    bytes.writeInt16BE(propertyBytes, propertiesAt);
    bytes.write(properties, propertiesAt + 2);
    at += size;
  }
  return bytes;
}

/** The members of a batch; their bodies are views. Throws RMQ_PROTOCOL_VIOLATION when sizes do not add up. */
export function decodeBatchBody(bytes: Buffer): BatchMember[] {
  const reader = new ByteReader(bytes, 'the body of a batch');
  const members: BatchMember[] = [];
  while (reader.remaining > 0) {
    const size = reader.int32();
    if (size < BATCH_MEMBER_BYTES) throw violation('a member of a batch has an impossible size');
    const member = reader.part(size - 4);
    member.bytes(8);
    const flag = member.int32();
    const body = member.bytes(member.int32());
    const properties = member.bytes(member.int16()).toString('utf8');
    member.end();
    members.push({ flag, body, properties });
  }
  return members;
}

function propertiesTooLarge(bytes: number): Error {
  return createError(
    'RMQ_MESSAGE_TOO_LARGE',
    `the properties of a batch member have ${bytes} bytes, at most ${MAX_PROPERTIES_BYTES} are allowed`,
    { detail: { bytes, limit: MAX_PROPERTIES_BYTES } },
  );
}
