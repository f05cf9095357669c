/**
 * The body of a batch: its messages behind each other. Which messages may share a batch is not decided here.
 * Source: MessageDecoder.java encodeMessage, decodeMessage (5.5.0).
 *
 *     size 4 (with itself) | magic 4, 0 | crc 4, 0 | flag 4 | body 4 + n | properties 2 + n
 */
import { createError, type RocketMQError } from '../errors/rocketmq-error.js';
import { ByteReader } from './byte-reader.js';
import { MAX_BATCH_MEMBERS, MAX_PROPERTIES_BYTES } from './stored-limits.js';
import { violation } from './violation.js';

export interface BatchMember {
  readonly flag: number;
  readonly body: Uint8Array;
  /** Encoded; see `properties.ts`. */
  readonly properties: string;
}

/** What a member takes besides body and properties. */
export const BATCH_MEMBER_BYTES = 22;

/** What a member takes in the body of its batch. */
export const batchMemberBytes = ({ body, properties }: BatchMember): number =>
  BATCH_MEMBER_BYTES + body.length + Buffer.byteLength(properties);

/**
 * Returns the body of a batch with these members, in this order. Throws RMQ_MESSAGE_TOO_LARGE for more members than
 * brokers can count, and when the properties of one exceed 32767 bytes: Java writes a negative length then, and the
 * broker misreads all that follows.
 */
export function encodeBatchBody(members: readonly BatchMember[]): Buffer {
  if (members.length > MAX_BATCH_MEMBERS) throw tooManyMembers(members.length);
  let size = 0;
  for (const member of members) size += batchMemberBytes(member);
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const member of members) at = writeMember(bytes, at, member);
  return bytes;
}

/** Returns where the next member begins. */
function writeMember(bytes: Buffer, at: number, { flag, body, properties }: BatchMember): number {
  bytes.fill(0, at + 4, at + 12);
  bytes.writeInt32BE(flag, at + 12);
  bytes.writeInt32BE(body.length, at + 16);
  bytes.set(body, at + 20);
  const propertiesAt = at + 20 + body.length;
  const propertyBytes = bytes.write(properties, propertiesAt + 2);
  if (propertyBytes > MAX_PROPERTIES_BYTES) throw propertiesTooLarge(propertyBytes);
  bytes.writeInt16BE(propertyBytes, propertiesAt);
  const end = propertiesAt + 2 + propertyBytes;
  bytes.writeInt32BE(end - at, at);
  return end;
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

/** What refuses a batch of more members than brokers can count. */
export function tooManyMembers(members: number): RocketMQError {
  const problem = `the batch has ${members} messages, at most ${MAX_BATCH_MEMBERS} are allowed: brokers count them in 16 bits`;
  const detail = { rule: 'batch-count', messages: members, limit: MAX_BATCH_MEMBERS };
  return createError('RMQ_MESSAGE_TOO_LARGE', problem, { detail });
}

function propertiesTooLarge(bytes: number): RocketMQError {
  return createError(
    'RMQ_MESSAGE_TOO_LARGE',
    `the properties of a batch member have ${bytes} bytes, at most ${MAX_PROPERTIES_BYTES} are allowed`,
    { detail: { bytes, limit: MAX_PROPERTIES_BYTES } },
  );
}
