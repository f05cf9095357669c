/**
 * Messages as brokers store them, and as they come back from a pull, a query or a transaction check. Bodies stay as
 * stored; see `compression.ts`.
 * Source: MessageDecoder.java, MessageVersion.java, MessageExtEncoder.java (5.5.0).
 *
 *     size 4 | magic 4 | crc 4 | queue id 4 | flag 4 | queue offset 8 | commit log offset 8 | sysFlag 4
 *     born at 8 | born host 8 or 20 | stored at 8 | store host 8 or 20 | reconsume times 4
 *     prepared transaction offset 8 | body 4 + n | topic 1 or 2 + n | properties 2 + n
 */
import { ByteReader } from './byte-reader.js';
import { crc32 } from './crc32.js';
import { formatIpAddress, IPV4_BYTES, IPV6_BYTES, parseIpAddress } from './ip-address.js';
import type { HostAddress } from './offset-msg-id.js';
import { SysFlag } from './sys-flag.js';
import { violation } from './violation.js';

export interface StoredMessage {
  readonly topic: string;
  readonly queueId: number;
  readonly queueOffset: bigint;
  readonly commitLogOffset: bigint;
  readonly flag: number;
  /** See `sys-flag.ts`; the bits for IPv6 hosts are set by `encodeStoredMessage`. */
  readonly sysFlag: number;
  readonly bornAt: number;
  readonly bornHost: HostAddress;
  readonly storedAt: number;
  readonly storeHost: HostAddress;
  readonly reconsumeTimes: number;
  readonly preparedTransactionOffset: bigint;
  readonly body: Buffer;
  /** Encoded; see `properties.ts`. */
  readonly properties: string;
}

const MAGIC_V1 = 0xdaa320a7 | 0;
/** Topics of more than 127 bytes (5.x). */
const MAGIC_V2 = 0xdaa320ab | 0;
/** What fills the end of a commit log file. */
const MAGIC_BLANK = 0xcbd43194 | 0;

const MAX_V1_TOPIC_BYTES = 127;
/** All that has the same length in every message, but for that of the topic's length. */
const FIXED_BYTES = 82;

/** All messages in `bytes`; their bodies are views. Throws RMQ_PROTOCOL_VIOLATION when sizes do not add up. */
export function decodeStoredMessages(bytes: Buffer): StoredMessage[] {
  const reader = new ByteReader(bytes, 'a stored message');
  const messages: StoredMessage[] = [];
  while (reader.remaining > 0) {
    const entry = reader.part(reader.int32() - 4);
    const magic = entry.int32();
    if (magic === MAGIC_BLANK) continue;
    if (magic !== MAGIC_V1 && magic !== MAGIC_V2) throw violation('a stored message has an unknown layout', { magic });
    messages.push(decodeEntry(entry, magic));
  }
  return messages;
}

function decodeEntry(entry: ByteReader, magic: number): StoredMessage {
  entry.int32();
  const queueId = entry.int32();
  const flag = entry.int32();
  const queueOffset = entry.int64();
  const commitLogOffset = entry.int64();
  const sysFlag = entry.int32();
  const bornAt = Number(entry.int64());
  const bornHost = decodeHost(entry, (sysFlag & SysFlag.BORN_HOST_V6) !== 0);
  const storedAt = Number(entry.int64());
  const storeHost = decodeHost(entry, (sysFlag & SysFlag.STORE_HOST_V6) !== 0);
  const reconsumeTimes = entry.int32();
  const preparedTransactionOffset = entry.int64();
  const body = entry.bytes(entry.int32());
  const topic = entry.bytes(magic === MAGIC_V1 ? entry.int8() : entry.int16()).toString('utf8');
  const properties = entry.bytes(entry.int16()).toString('utf8');
  entry.end();
  return {
    topic,
    queueId,
    queueOffset,
    commitLogOffset,
    flag,
    sysFlag,
    bornAt,
    bornHost,
    storedAt,
    storeHost,
    reconsumeTimes,
    preparedTransactionOffset,
    body,
    properties,
  };
}

function decodeHost(entry: ByteReader, isV6: boolean): HostAddress {
  return { host: formatIpAddress(entry.bytes(isV6 ? IPV6_BYTES : IPV4_BYTES)), port: entry.int32() };
}

/** One message as a broker stores it. Topic and properties must have been checked: their lengths have 15 bits. */
export function encodeStoredMessage(message: StoredMessage): Buffer {
  const bornHost = parseIpAddress(message.bornHost.host);
  const storeHost = parseIpAddress(message.storeHost.host);
  const topicBytes = Buffer.byteLength(message.topic);
  const propertyBytes = Buffer.byteLength(message.properties);
  const isV2 = topicBytes > MAX_V1_TOPIC_BYTES;
  const sysFlag =
    (message.sysFlag & ~(SysFlag.BORN_HOST_V6 | SysFlag.STORE_HOST_V6)) |
    (bornHost.length === IPV6_BYTES ? SysFlag.BORN_HOST_V6 : 0) |
    (storeHost.length === IPV6_BYTES ? SysFlag.STORE_HOST_V6 : 0);
  const hostBytes = bornHost.length + storeHost.length;
  const size = FIXED_BYTES + hostBytes + message.body.length + (isV2 ? 2 : 1) + topicBytes + propertyBytes;
  // Every byte is written.
  const bytes = Buffer.allocUnsafe(size);
  let at = bytes.writeInt32BE(size, 0);
  at = bytes.writeInt32BE(isV2 ? MAGIC_V2 : MAGIC_V1, at);
  at = bytes.writeInt32BE(crc32(message.body) & 0x7fffffff, at);
  at = bytes.writeInt32BE(message.queueId, at);
  at = bytes.writeInt32BE(message.flag, at);
  at = bytes.writeBigInt64BE(message.queueOffset, at);
  at = bytes.writeBigInt64BE(message.commitLogOffset, at);
  at = bytes.writeInt32BE(sysFlag, at);
  at = bytes.writeBigInt64BE(BigInt(message.bornAt), at);
  at += bornHost.copy(bytes, at);
  at = bytes.writeInt32BE(message.bornHost.port, at);
  at = bytes.writeBigInt64BE(BigInt(message.storedAt), at);
  at += storeHost.copy(bytes, at);
  at = bytes.writeInt32BE(message.storeHost.port, at);
  at = bytes.writeInt32BE(message.reconsumeTimes, at);
  at = bytes.writeBigInt64BE(message.preparedTransactionOffset, at);
  at = bytes.writeInt32BE(message.body.length, at);
  at += message.body.copy(bytes, at);
  at = isV2 ? bytes.writeInt16BE(topicBytes, at) : bytes.writeInt8(topicBytes, at);
  at += bytes.write(message.topic, at);
  at = bytes.writeInt16BE(propertyBytes, at);
  bytes.write(message.properties, at);
  return bytes;
}
