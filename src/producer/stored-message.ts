/**
 * A message that a broker was asked for, as the caller sees it: decoded and decompressed. How it lies in the store is
 * `protocol/stored-message.ts`.
 */
import { decompress } from '../protocol/compression.js';
import { MessageProperty } from '../protocol/message-properties.js';
import type { MessageQueue } from '../protocol/message-queue.js';
import { formatOffsetMsgId } from '../protocol/offset-msg-id.js';
import { decodeProperties } from '../protocol/properties.js';
import type { StoredMessage as StoredBytes } from '../protocol/stored-message.js';

/** A message as a broker has stored it. */
export interface StoredMessage {
  readonly topic: string;
  /** As its producer handed it in. */
  readonly body: Uint8Array;
  readonly tag: string | undefined;
  readonly keys: readonly string[];
  /** All of them, those of client and broker included. */
  readonly properties: Readonly<Record<string, string>>;
  readonly flag: number;
  readonly queue: MessageQueue;
  readonly queueOffset: bigint;
  /** The unique key, or where the message has none the `offsetMsgId`. */
  readonly msgId: string;
  /** Where it lies. */
  readonly offsetMsgId: string;
  /** When its producer made it, by that one's clock. */
  readonly bornAt: Date;
  readonly storedAt: Date;
}

/** More than any broker takes. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** `topic` is what the caller calls it. Throws RMQ_PROTOCOL_VIOLATION for a body that cannot be decompressed. */
export function toStoredMessage(stored: StoredBytes, topic: string, brokerName: string): StoredMessage {
  const { queueId, queueOffset, flag, sysFlag, storeHost, commitLogOffset } = stored;
  const properties = decodeProperties(stored.properties);
  const offsetMsgId = formatOffsetMsgId({ ...storeHost, commitLogOffset });
  return {
    topic,
    body: decompress(stored.body, sysFlag, MAX_BODY_BYTES),
    tag: properties.get(MessageProperty.TAGS),
    keys: properties.get(MessageProperty.KEYS)?.split(' ') ?? [],
    properties: Object.fromEntries(properties),
    flag,
    queue: { topic, brokerName, queueId },
    queueOffset,
    msgId: properties.get(MessageProperty.UNIQUE_KEY) ?? offsetMsgId,
    offsetMsgId,
    bornAt: new Date(stored.bornAt),
    storedAt: new Date(stored.storedAt),
  };
}
