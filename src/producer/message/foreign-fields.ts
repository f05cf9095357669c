/**
 * What other clients of RocketMQ, and of Kafka, call the fields of a message. A message with one of these names does not
 * compile, and is refused where it was not compiled.
 */

/** The name, and what says the same here. */
export const foreignFields = {
  // The Java client, and ali-ons.
  tags: 'tag',
  userProperties: 'properties',
  waitStoreMsgOK: 'waitStoreMsgOk',
  delayTimeLevel: 'delivery: { delayLevel }',
  delayTimeSec: 'delivery: { delayMs }',
  delayTimeMs: 'delivery: { delayMs }',
  deliverTimeMs: 'delivery: { deliverAt }',
  startDeliverTime: 'delivery: { deliverAt }',
  // The clients that speak gRPC.
  messageGroup: 'shardingKey',
  deliveryTimestamp: 'delivery: { deliverAt }',
  // Kafka's.
  key: 'keys (to find the message by) or shardingKey (to choose its queue)',
  value: 'body',
  headers: 'properties',
  partition: 'queue',
  // Others', and the members of fields, without their field.
  messageKey: 'keys',
  hashKey: 'shardingKey',
  orderingKey: 'shardingKey',
  partitionKey: 'shardingKey',
  payload: 'body',
  attributes: 'properties',
  delay: 'delivery: { delayMs }',
  delayMs: 'delivery: { delayMs }',
  delayLevel: 'delivery: { delayLevel }',
  deliverAt: 'delivery: { deliverAt }',
  queueId: 'queue: { topic, brokerName, queueId }',
  brokerName: 'queue: { topic, brokerName, queueId }',
} as const;

/** No message has them. */
export type ForeignFields = { readonly [Name in keyof typeof foreignFields]?: never };
