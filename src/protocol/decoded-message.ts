/**
 * A stored message as people want to see it: decoded, decompressed, under plain names. How it lies in the store is
 * `stored-message.ts`; how one comes by it, from a broker or from memory, makes no difference here.
 */
import { decompress } from './compression.js';
import { MessageProperty } from './message-properties.js';
import type { MessageQueue } from './message-queue.js';
import { formatOffsetMsgId } from './offset-msg-id.js';
import { decodeProperties } from './properties.js';
import type { StoredMessage } from './stored-message.js';

/** A message as a broker has stored it. */
export interface DecodedMessage {
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
  /** Where it lies; unique in a cluster. */
  readonly offsetMsgId: string;
  /** When its producer made it, by that one's clock. */
  readonly bornAt: Date;
  readonly storedAt: Date;
}

/** A message without its body, which may have to be inflated. */
export type MessageHead = Omit<DecodedMessage, 'body'>;

/** More than any broker takes. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** All of a message but its body. `topic` is what the caller calls it. */
export function decodeHead(stored: StoredMessage, topic: string, brokerName: string): MessageHead {
  const { queueId, queueOffset, flag, storeHost, commitLogOffset } = stored;
  const properties = decodeProperties(stored.properties);
  const offsetMsgId = formatOffsetMsgId({ ...storeHost, commitLogOffset });
  return {
    topic,
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

/**
 * `topic` is what the caller calls it. A body that was not compressed is a view of the stored one. Throws
 * RMQ_PROTOCOL_VIOLATION for a body that cannot be decompressed, and RMQ_CODEC_MISSING for a zstd body in a process that
 * cannot read it, or not yet (see `zstd-codec.ts`).
 */
export function decodeMessage(
  stored: StoredMessage,
  topic: string,
  brokerName: string,
): DecodedMessage & { readonly body: Buffer } {
  const body = decompress(stored.body, stored.sysFlag, MAX_BODY_BYTES);
  return { ...decodeHead(stored, topic, brokerName), body };
}
