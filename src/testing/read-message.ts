/**
 * Stored messages as tests want to see them: decoded, under plain names. Where they come from, the memory of an embedded
 * broker or the wire, makes no difference.
 */
import { decompress } from '../protocol/compression.js';
import { MessageProperty } from '../protocol/message-properties.js';
import type { MessageQueue } from '../protocol/message-queue.js';
import { formatOffsetMsgId } from '../protocol/offset-msg-id.js';
import { decodeProperties } from '../protocol/properties.js';
import type { StoredMessage } from '../protocol/stored-message.js';

/** A message as a broker stores it. */
export interface ReadMessage {
  readonly topic: string;
  /** As its producer handed it in: inflated if it was stored compressed. A view; do not write to it. */
  readonly body: Buffer;
  readonly tag: string | undefined;
  readonly keys: readonly string[];
  /** All of them, the system's own included. */
  readonly properties: Readonly<Record<string, string>>;
  readonly flag: number;
  /** Tells how the body was stored; see the protocol. */
  readonly sysFlag: number;
  readonly queue: MessageQueue;
  readonly queueOffset: bigint;
  /** The unique key, or where the message has none the offset message id. */
  readonly msgId: string;
  /** Where the message lies; unique in a cluster. */
  readonly offsetMsgId: string;
  readonly bornAt: Date;
  readonly storedAt: Date;
}

/** More than any broker takes. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/**
 * Decodes what a broker stores. Throws RMQ_PROTOCOL_VIOLATION for a broken compressed body, and RMQ_CODEC_MISSING for a
 * zstd body in a process that cannot read it, or not yet (see `zstd-codec.ts`).
 */
export function toReadMessage(stored: StoredMessage, brokerName: string): ReadMessage {
  const { topic, queueId, queueOffset, flag, sysFlag, storeHost, commitLogOffset } = stored;
  const properties = decodeProperties(stored.properties);
  const offsetMsgId = formatOffsetMsgId({ ...storeHost, commitLogOffset });
  return {
    topic,
    body: decompress(stored.body, sysFlag, MAX_BODY_BYTES),
    tag: properties.get(MessageProperty.TAGS),
    keys: properties.get(MessageProperty.KEYS)?.split(' ') ?? [],
    properties: Object.fromEntries(properties),
    flag,
    sysFlag,
    queue: { topic, brokerName, queueId },
    queueOffset,
    msgId: properties.get(MessageProperty.UNIQUE_KEY) ?? offsetMsgId,
    offsetMsgId,
    bornAt: new Date(stored.bornAt),
    storedAt: new Date(stored.storedAt),
  };
}
