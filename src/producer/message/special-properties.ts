/**
 * What makes a message special for brokers: that it is delivered later, has a priority or belongs to a lite topic. A
 * message is of one such type only; which of several a broker would follow, it does not say.
 * Source: TopicMessageType.parseFromMessageProperty, SendMessageProcessor.java, LiteUtil.java (5.5.0).
 */
import { kindOf, shown } from '../../errors/kind-of.js';
import { createError, type RocketMQError } from '../../errors/rocketmq-error.js';
import { BrokerVersion } from '../../protocol/broker-version.js';
import { MessageProperty } from '../../protocol/message-properties.js';
import { wrapNamespace } from '../../protocol/namespace.js';
import { MAX_LIGHT_QUEUE_NAME_BYTES, MAX_PRIORITY } from '../../protocol/stored-limits.js';
import { encodeDelivery } from './delivery.js';
import type { Message } from './message.js';
import type { SpecialProperty } from './special-property.js';

/**
 * `$`, `,` and `/` would break the name of the queue that brokers make of topic and lite topic; they check nothing.
 * What is left is what topics may have.
 */
const LITE_TOPIC = /^[%|a-zA-Z0-9_-]+$/;

/** Undefined for an ordinary message. Throws RMQ_MESSAGE_INVALID; `detail.rule` names the rule. */
export function specialProperty(message: Message<unknown>, namespace?: string): SpecialProperty | undefined {
  const { delivery, priority, liteTopic } = message;
  if (delivery === undefined && priority === undefined && liteTopic === undefined) return undefined;
  const given = Object.entries({ delivery, priority, liteTopic }).filter(([, value]) => value !== undefined);
  if (given.length > 1) {
    const names = given.map(([name]) => name).join(' and ');
    throw invalid('exclusive', `a message cannot have ${names}: brokers would follow one of them`);
  }
  if (delivery !== undefined) return encodeDelivery(delivery);
  // A sharding key makes a message FIFO for brokers and proxies, which then drop its priority or refuse it.
  if (message.shardingKey !== undefined || message.properties?.[MessageProperty.SHARDING_KEY] !== undefined) {
    throw invalid(
      'exclusive',
      `a message with a sharding key cannot have ${priority === undefined ? 'a liteTopic' : 'a priority'}`,
    );
  }
  if (priority !== undefined) return priorityProperty(priority);
  const topic = namespace === undefined ? message.topic : wrapNamespace(namespace, message.topic);
  return liteProperty(liteTopic, topic);
}

function priorityProperty(priority: unknown): SpecialProperty {
  if (!Number.isInteger(priority) || Number(priority) < 0 || Number(priority) > MAX_PRIORITY) {
    throw invalid('priority', `priority is ${shown(priority)}, not a whole number from 0`);
  }
  return { name: MessageProperty.PRIORITY, value: String(priority), minBrokerVersion: BrokerVersion.V5_4_0 };
}

function liteProperty(liteTopic: unknown, topic: string): SpecialProperty {
  if (typeof liteTopic !== 'string' || !LITE_TOPIC.test(liteTopic)) {
    throw invalid(
      'lite-topic',
      `the liteTopic ${typeof liteTopic === 'string' ? JSON.stringify(liteTopic) : `is ${kindOf(liteTopic)}, and`} is not one of % | a-z A-Z 0-9 _ -`,
    );
  }
  const { length } = `%LMQ%$${topic}$${liteTopic}`;
  if (length > MAX_LIGHT_QUEUE_NAME_BYTES) {
    const limit = `at most ${MAX_LIGHT_QUEUE_NAME_BYTES} are allowed`;
    throw invalid('lite-topic-length', `the name of the light queue has ${length} characters, ${limit}`);
  }
  return { name: MessageProperty.LITE_TOPIC, value: liteTopic, minBrokerVersion: BrokerVersion.V5_5_0 };
}

const invalid = (rule: string, message: string): RocketMQError =>
  createError('RMQ_MESSAGE_INVALID', message, { detail: { rule } });
