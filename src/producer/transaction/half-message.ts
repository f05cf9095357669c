/** The message inside a half message, as its producer handed it in; what the system added is left out. */
import { decompress } from '../../protocol/compression.js';
import { isReservedProperty, MessageProperty } from '../../protocol/message-properties.js';
import type { StoredMessage } from '../../protocol/stored-message.js';
import type { Message } from '../message/message.js';

/** What the system adds beside its reserved names. */
const ADDED: ReadonlySet<string> = new Set([
  MessageProperty.TRANSACTION_ID,
  MessageProperty.TRANSACTION_CHECK_TIMES,
  MessageProperty.SHARDING_KEY,
]);

export interface HalfMessageOptions {
  /** In whose queue it is; 4.x brokers do not tell. */
  readonly brokerName: string | undefined;
  /** No body is inflated to more. */
  readonly maxMessageBytes: number;
  readonly topicOf: (onWire: string) => string;
}

/** Throws RMQ_PROTOCOL_VIOLATION for a body that cannot be inflated, or only to more than a message may have. */
export function messageOfHalf(
  { topic: onWire, queueId, sysFlag, flag, body }: StoredMessage,
  properties: ReadonlyMap<string, string>,
  { brokerName, maxMessageBytes, topicOf }: HalfMessageOptions,
): Message {
  const own = [...properties].filter(([name]) => !isReservedProperty(name) && !ADDED.has(name));
  const tag = properties.get(MessageProperty.TAGS);
  const keys = properties.get(MessageProperty.KEYS);
  const shardingKey = properties.get(MessageProperty.SHARDING_KEY);
  const topic = topicOf(onWire);
  return {
    topic,
    body: decompress(body, sysFlag, maxMessageBytes),
    properties: Object.fromEntries(own),
    flag,
    ...(tag === undefined ? {} : { tag }),
    ...(keys === undefined ? {} : { keys: keys.split(' ') }),
    ...(shardingKey === undefined ? {} : { shardingKey }),
    ...(brokerName === undefined ? {} : { queue: { topic, brokerName, queueId } }),
  };
}
