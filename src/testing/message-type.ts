/**
 * The types of messages, as proxies check them against that of a topic: brokers do not. What follows is decided there.
 * Source: TopicMessageType.parseFromMessageProperty (5.5.0).
 */

/** What a topic can be for; MIXED is for all. Of a topic that does not exist nobody knows: UNSPECIFIED. */
export type TopicType = MessageType | 'MIXED' | 'UNSPECIFIED';

/** What a message can be. */
export type MessageType = 'NORMAL' | 'FIFO' | 'DELAY' | 'TRANSACTION' | 'PRIORITY' | 'LITE';

const TOPIC_TYPES: readonly string[] = [
  'NORMAL',
  'FIFO',
  'DELAY',
  'TRANSACTION',
  'PRIORITY',
  'LITE',
  'MIXED',
  'UNSPECIFIED',
];

/** Whether it is one, as the value of the attribute `message.type`. */
export function isTopicType(text: string | undefined): text is TopicType {
  return text !== undefined && TOPIC_TYPES.includes(text);
}

const BY_PROPERTY: readonly (readonly [name: string, type: MessageType])[] = [
  ['DELAY', 'DELAY'],
  ['TIMER_DELIVER_MS', 'DELAY'],
  ['TIMER_DELAY_SEC', 'DELAY'],
  ['TIMER_DELAY_MS', 'DELAY'],
  ['__SHARDINGKEY', 'FIFO'],
  ['_SYS_MSG_PRIORITY_', 'PRIORITY'],
  ['__LITE_TOPIC', 'LITE'],
];

/** The type that a message's properties make of it; the first that fits. */
export function messageTypeOf(properties: ReadonlyMap<string, string>): MessageType {
  if (properties.get('TRAN_MSG')?.toLowerCase() === 'true') return 'TRANSACTION';
  return BY_PROPERTY.find(([name]) => properties.has(name))?.[1] ?? 'NORMAL';
}
