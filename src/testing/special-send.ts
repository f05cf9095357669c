/**
 * What a broker does with a message that is not delivered at once, has a priority or belongs to a lite topic, before it
 * stores it. Ordinary messages do not come here.
 * Sources: SendMessageProcessor.java, LiteUtil.java (5.5.0), and messages read back from real 5.5.0 and 4.9.7.
 */
import { MessageProperty } from '../protocol/message-properties.js';
import { decodeProperties } from '../protocol/properties.js';
import { ResponseCode } from '../protocol/response-codes.js';
import type { Answer } from './answer.js';
import type { BrokerState } from './broker-state.js';
import { sendAnswerFields } from './check-send.js';
import { type LaterDelivery, laterDelivery, MAX_TIMER_MS, mentionsDelivery } from './delivery-time.js';
import type { TopicConfig } from './topic-table.js';

const MENTIONS_TYPE = /(?:^|\u0002)(?:_SYS_MSG_PRIORITY_|__LITE_TOPIC)\u0001/;

/** A special message as it is to be stored. */
export interface SpecialSend {
  /** A priority chooses the queue, whatever the sender chose. */
  readonly queueId: number;
  readonly properties: ReadonlyMap<string, string>;
  readonly delivery: LaterDelivery | undefined;
}

/** Whether `specialSend` has to look at it. */
export function isSpecial(properties: string, major: 4 | 5): boolean {
  return mentionsDelivery(properties) || (major === 5 && MENTIONS_TYPE.test(properties));
}

/** `properties` are those that are stored; or the answer that refuses it. */
export function specialSend(
  text: string,
  { topic, writeQueues }: TopicConfig,
  sentTo: number,
  { release: { major }, lightQueues }: Pick<BrokerState, 'release' | 'lightQueues'>,
): SpecialSend | Answer {
  const properties = new Map(decodeProperties(text));
  let queueId = sentTo;
  if (major === 5) {
    const liteTopic = properties.get(MessageProperty.LITE_TOPIC);
    if (liteTopic !== undefined) dispatch(`%LMQ%$${topic}$${liteTopic}`, properties, lightQueues);
    const priority = Number(properties.get(MessageProperty.PRIORITY) ?? -1);
    if (priority >= 0 && !isOfAnotherType(properties)) queueId = Math.min(priority, writeQueues - 1);
    else properties.delete(MessageProperty.PRIORITY);
  }
  const delivery = laterDelivery(properties, { topic, queueId }, { major, now: Date.now() });
  return delivery === 'illegal' ? illegalTimer() : { queueId, properties, delivery };
}

/** The message is in this light queue, too. */
function dispatch(name: string, properties: Map<string, string>, lightQueues: Map<string, number> | undefined): void {
  properties.set('INNER_MULTI_DISPATCH', name);
  if (lightQueues === undefined) return;
  const offset = lightQueues.get(name) ?? 0;
  lightQueues.set(name, offset + 1);
  properties.set('INNER_MULTI_QUEUE_OFFSET', String(offset));
}

/** The types that come before PRIORITY (TopicMessageType.parseFromMessageProperty). */
function isOfAnotherType(properties: ReadonlyMap<string, string>): boolean {
  return (
    properties.get(MessageProperty.TRANSACTION_PREPARED) === 'true' ||
    properties.has(MessageProperty.DELAY_TIME_LEVEL) ||
    properties.has(MessageProperty.TIMER_DELIVER_MS) ||
    properties.has(MessageProperty.TIMER_DELAY_SEC) ||
    properties.has(MessageProperty.TIMER_DELAY_MS) ||
    properties.has(MessageProperty.SHARDING_KEY)
  );
}

function illegalTimer(): Answer {
  const remark =
    `timer message illegal, the delay time should not be bigger than the max delay ${MAX_TIMER_MS}ms; ` +
    'or if set del msg, the delay time should be bigger than the current time';
  return { code: ResponseCode.MESSAGE_ILLEGAL, remark, fields: sendAnswerFields };
}
