/**
 * Checks a message against every rule of the servers and writes its body and properties as they go on the wire. It
 * costs no slot and touches no socket; what is refused here could not have been stored as given.
 *
 * Rules: Validators.java, TopicValidator.java, MessageConst.java (5.5.0), and what MessageDecoder.java drops silently.
 */
import { createError, type RocketMQError } from '../../errors/rocketmq-error.js';
import { nextUniqueKey } from '../../ids/unique-key.js';
import { isReservedProperty, MessageProperty } from '../../protocol/message-properties.js';
import { wrapNamespace } from '../../protocol/namespace.js';
import type { MessageQueue } from '../../protocol/message-queue.js';
import { isInt32, MAX_PROPERTIES_BYTES, MAX_QUEUE_ID, MAX_TOPIC_LENGTH } from '../../protocol/stored-limits.js';
import type { EncodedMessage } from './envelope.js';
import type { Message } from './message.js';
import type { MessageKind } from './message-kind.js';
import { specialProperty } from './special-properties.js';
import type { SpecialProperty } from './special-property.js';

export interface MessageLimits {
  /** Bytes of a body before compression. */
  readonly maxMessageBytes: number;
  /** Topics are meant to be in it: they get that much longer on the wire, and messages say where they belong. */
  readonly namespace?: string | undefined;
}

const TOPIC = /^[%|a-zA-Z0-9_-]+$/;
/** Topics that only brokers write to: TopicValidator.NOT_ALLOWED_SEND_TOPIC_SET of 5.5.0. */
const FORBIDDEN_TOPICS: ReadonlySet<string> = new Set([
  'SCHEDULE_TOPIC_XXXX',
  'RMQ_SYS_TRANS_HALF_TOPIC',
  'RMQ_SYS_TRANS_OP_HALF_TOPIC',
  'RMQ_SYS_ROCKSDB_TRANS_HALF_TOPIC',
  'RMQ_SYS_ROCKSDB_TRANS_OP_HALF_TOPIC',
  'TRANS_CHECK_MAX_TIME_TOPIC',
  'SELF_TEST_TOPIC',
  'OFFSET_MOVED_EVENT',
]);
const PLAIN_ASCII = /^[\x20-\x7e]+$/;
/** Up to here a text is looked at here; above, a regular expression is cheaper (measured, Node 20). */
const SHORT = 12;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

const NAME_VALUE = '\u0001';
const PROPERTY_END = '\u0002';
/** The properties that every message has; put together here, because every `+` of a hot path counts. */
const UNIQ_KEY = `UNIQ_KEY${NAME_VALUE}`;
const WAIT = `${PROPERTY_END}WAIT${NAME_VALUE}`;
const WAIT_TRUE = `${WAIT}true${PROPERTY_END}`;

/** Throws RMQ_MESSAGE_INVALID (`detail.rule` names the rule) or RMQ_MESSAGE_TOO_LARGE. */
export function encodeMessage<C>(message: Message<C>, limits: MessageLimits, kind?: MessageKind): EncodedMessage<C> {
  checkTopic(message.topic);
  if (limits.namespace !== undefined) checkWrappedTopic(message.topic, limits.namespace);
  const body = encodeBody(message, limits.maxMessageBytes);
  const wrongQueue = message.queue === undefined ? undefined : queueProblem(message.topic, message.queue);
  if (wrongQueue !== undefined) throw wrongQueue;
  checkFlag(message);
  const bornAt = Date.now();
  const msgId = nextUniqueKey(bornAt);
  const special = specialProperty(message);
  const properties = encodeProperties(message, msgId, special, limits.namespace, kind?.properties);
  const wrongKind = kind?.problem?.(properties);
  if (wrongKind !== undefined) throw wrongKind;
  const { flag = 0, queue } = message;
  const minBrokerVersion = special === undefined ? 0 : special.minBrokerVersion;
  return { message, msgId, bornAt, body, properties, flag, queue, minBrokerVersion, context: message.context as C };
}

/** Of the message before: most go where that one went. */
let goodTopic: unknown;

function checkTopic(topic: unknown): void {
  if (topic === goodTopic && topic !== undefined) return;
  const problem = topicProblem(topic);
  if (problem !== undefined) throw invalid(problem.rule, problem.message);
  goodTopic = topic;
}

/** What is wrong with the name of a topic to send to, if anything is. */
export function topicProblem(topic: unknown): { readonly rule: string; readonly message: string } | undefined {
  if (typeof topic !== 'string' || topic.length === 0) return { rule: 'topic-empty', message: 'a topic needs a name' };
  if (topic.length > MAX_TOPIC_LENGTH) {
    const message = `the topic has ${topic.length} characters, at most ${MAX_TOPIC_LENGTH} are allowed`;
    return { rule: 'topic-length', message };
  }
  if (!TOPIC.test(topic)) {
    const message = `the topic ${JSON.stringify(topic)} has other characters than % | a-z A-Z 0-9 _ -`;
    return { rule: 'topic-characters', message };
  }
  return FORBIDDEN_TOPICS.has(topic)
    ? { rule: 'topic-forbidden', message: `only brokers write to the topic ${topic}` }
    : undefined;
}

function checkWrappedTopic(topic: string, namespace: string): void {
  const { length } = wrapNamespace(namespace, topic);
  if (length <= MAX_TOPIC_LENGTH) return;
  const limit = `at most ${MAX_TOPIC_LENGTH} are allowed`;
  throw invalid('topic-length', `the topic has ${length} characters with the namespace ${namespace}, ${limit}`);
}

function encodeBody(message: Message<unknown>, maxBytes: number): Uint8Array {
  const given: unknown = message.body;
  if (typeof given !== 'string' && !(given instanceof Uint8Array)) {
    throw invalid('body-type', `a body is a string or a Uint8Array, not ${kindOf(given)}`);
  }
  if (typeof given === 'string' && !given.isWellFormed()) {
    throw invalid('body-surrogate', 'the body has half of a surrogate pair, which UTF-8 cannot carry');
  }
  const body = typeof given === 'string' ? Buffer.from(given, 'utf8') : given;
  if (body.length === 0) throw invalid('body-empty', 'the body is empty, and brokers refuse that');
  if (body.length > maxBytes) {
    throw createError('RMQ_MESSAGE_TOO_LARGE', `the body has ${body.length} bytes, at most ${maxBytes} are allowed`, {
      detail: { rule: 'body-size', bytes: body.length, limit: maxBytes, topic: message.topic },
    });
  }
  return body;
}

/** What is wrong with sending a message of `topic` to `queue`, if anything is. */
export function queueProblem(topic: string, queue: MessageQueue): RocketMQError | undefined {
  if (queue.topic !== topic) {
    return invalid('queue-topic', `the queue is of topic ${queue.topic}, the message of topic ${topic}`);
  }
  const { brokerName, queueId }: { readonly brokerName: unknown; readonly queueId: unknown } = queue;
  if (typeof brokerName !== 'string' || brokerName === '') {
    return invalid('queue', `brokerName of the queue is ${shown(brokerName)}, not the name of a broker`);
  }
  const isQueueId = Number.isInteger(queueId) && Number(queueId) >= 0 && Number(queueId) <= MAX_QUEUE_ID;
  if (isQueueId) return undefined;
  return invalid('queue', `queueId of the queue is ${shown(queueId)}, not a whole number from 0 to ${MAX_QUEUE_ID}`);
}

function checkFlag(message: Message<unknown>): void {
  const flag: unknown = message.flag;
  if (flag !== undefined && !isInt32(flag)) throw invalid('flag', `flag is ${shown(flag)}, not a 32-bit integer`);
}

function encodeProperties(
  message: Message<unknown>,
  msgId: string,
  special: SpecialProperty | undefined,
  namespace: string | undefined,
  ofKind = '',
): string {
  let encoded = UNIQ_KEY + msgId + ((message.waitStoreMsgOk ?? true) ? WAIT_TRUE : `${WAIT}false${PROPERTY_END}`);
  if (namespace !== undefined) encoded += property(MessageProperty.INSTANCE_ID, namespace);
  if (message.tag !== undefined && message.tag !== '') encoded += property(MessageProperty.TAGS, message.tag, 'tag');
  const keys = joinKeys(message.keys);
  if (keys !== '') encoded += property(MessageProperty.KEYS, keys, 'keys');
  const { shardingKey } = message;
  if (shardingKey !== undefined) encoded += property(MessageProperty.SHARDING_KEY, shardingKey, 'shardingKey');
  if (special !== undefined) encoded += property(special.name, special.value);
  if (message.properties !== undefined) {
    const isKeyed = shardingKey !== undefined;
    for (const name of Object.keys(message.properties)) {
      if (isReservedProperty(name) || (isKeyed && name === MessageProperty.SHARDING_KEY)) throw reserved(name);
      if (!isPlain(name)) checkText('property-name', 'a property name', name);
      encoded += property(name, message.properties[name]);
    }
  }
  encoded += ofKind;
  // Three bytes per character is the most that UTF-8 needs here: only longer ones have to be measured.
  if (encoded.length * 3 > MAX_PROPERTIES_BYTES) {
    const bytes = Buffer.byteLength(encoded);
    if (bytes > MAX_PROPERTIES_BYTES) {
      throw createError(
        'RMQ_MESSAGE_TOO_LARGE',
        `the properties have ${bytes} bytes, at most ${MAX_PROPERTIES_BYTES} are allowed`,
        {
          detail: { rule: 'properties-size', bytes, limit: MAX_PROPERTIES_BYTES, topic: message.topic },
        },
      );
    }
  }
  return encoded;
}

function joinKeys(keys: Message<unknown>['keys']): string {
  if (keys === undefined) return '';
  if (typeof keys === 'string') return keys;
  if (!Array.isArray(keys)) throw invalid('keys-type', `keys is ${kindOf(keys)}, not a string or an array of strings`);
  for (const key of keys) {
    if (typeof key !== 'string' || key === '' || key.includes(' ')) {
      throw invalid('key', `the key ${JSON.stringify(key)} is empty or has a blank, which separates keys`);
    }
  }
  return keys.join(' ');
}

/** `field`: of the message, where the property is one; so it is called in errors. */
function property(name: string, value: unknown, field?: string): string {
  if (typeof value !== 'string') {
    throw invalid('property-type', `${valueOf(name, field)} is ${kindOf(value)}, not a string`);
  }
  if (!isPlain(value)) checkText('property-value', valueOf(name, field), value);
  return `${name}${NAME_VALUE}${value}${PROPERTY_END}`;
}

/** Whether it has something in it, and nothing but printable ASCII. */
function isPlain(text: string): boolean {
  if (text.length > SHORT) return PLAIN_ASCII.test(text);
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (character < 0x20 || character > 0x7e) return false;
  }
  return text !== '';
}

const valueOf = (name: string, field: string | undefined): string => field ?? `the value of ${JSON.stringify(name)}`;

/** What was given, where it is no more than a number; of anything else only what it is. */
const shown = (value: unknown): string => (typeof value === 'number' ? String(value) : kindOf(value));

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  const kind = Array.isArray(value) ? 'array' : typeof value;
  return `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;
}

/** Refuses what a server would drop (empty), cut (separators) or store changed (half a surrogate pair). */
function checkText(rule: string, what: string, text: string): void {
  if (text === '') throw invalid(`${rule}-empty`, `${what} is empty, and servers drop such a property`);
  if (CONTROL.test(text)) throw invalid(`${rule}-control`, `${what} has a control character`);
  if (!text.isWellFormed()) throw invalid(`${rule}-surrogate`, `${what} has half of a surrogate pair`);
}

const reserved = (name: string): RocketMQError =>
  invalid('property-reserved', `the property name ${name} is RocketMQ's own; use the field of the message for it`);

const invalid = (rule: string, message: string): RocketMQError =>
  createError('RMQ_MESSAGE_INVALID', message, { detail: { rule } });
