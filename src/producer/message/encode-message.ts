/**
 * Checks a message against every rule of the servers and writes its body and properties as they go on the wire. It
 * costs no slot and touches no socket; what is refused here could not have been stored as given.
 *
 * Rules: Validators.java, TopicValidator.java, MessageConst.java (5.5.0), and what MessageDecoder.java drops silently.
 */
import { types } from 'node:util';
import { kindOf, shown } from '../../errors/kind-of.js';
import { createError, type RocketMQError } from '../../errors/rocketmq-error.js';
import { nextUniqueKey } from '../../ids/unique-key.js';
import { isReservedProperty, MessageProperty } from '../../protocol/message-properties.js';
import { wrapNamespace } from '../../protocol/namespace.js';
import type { MessageQueue } from '../../protocol/message-queue.js';
import { isInt32, MAX_QUEUE_ID, MAX_SENT_PROPERTIES_BYTES, MAX_TOPIC_LENGTH } from '../../protocol/stored-limits.js';
import type { EncodedMessage } from './envelope.js';
import type { Message } from './message.js';
import { unknownField, unknownFieldProblem } from './message-fields.js';
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
  checkIsMessage(message);
  checkTopic(message.topic);
  if (limits.namespace !== undefined) checkWrappedTopic(message.topic, limits.namespace);
  const body = encodeBody(message, limits.maxMessageBytes);
  const wrongQueue = message.queue === undefined ? undefined : queueProblem(message.topic, message.queue);
  if (wrongQueue !== undefined) throw wrongQueue;
  checkFlags(message);
  const bornAt = Date.now();
  const msgId = nextUniqueKey(bornAt);
  const special = specialProperty(message, limits.namespace);
  const properties = encodeProperties(message, msgId, special, limits.namespace, kind?.properties);
  const wrongKind = kind?.problem?.(properties);
  if (wrongKind !== undefined) throw wrongKind;
  const { flag = 0, queue } = message;
  const minBrokerVersion = special === undefined ? 0 : special.minBrokerVersion;
  return { message, msgId, bornAt, body, properties, flag, queue, minBrokerVersion, context: message.context as C };
}

function checkIsMessage(message: unknown): void {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) throw noMessage(message);
  const unknown = unknownField(message);
  if (unknown === undefined) {
    if (!('topic' in message) && types.isPromise(message)) throw noMessage(message);
    return;
  }
  // Its bytes are its fields.
  if (ArrayBuffer.isView(message)) throw noMessage(message);
  throw createError('RMQ_MESSAGE_INVALID', unknownFieldProblem(unknown), {
    detail: { rule: 'unknown-field', field: unknown },
  });
}

const noMessage = (given: unknown): RocketMQError =>
  invalid('message-type', `a message is one object, { topic, body }, not ${kindOf(given)}${meantBy(given)}`);

function meantBy(message: unknown): string {
  if (Array.isArray(message)) return ': several are sent by sendBatch, by sendEach or as a stream';
  if (types.isPromise(message)) return ': await it first';
  return typeof message === 'string' ? ': topic and body are fields of it' : '';
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
  // Bytes of another realm (a vm context, a test runner) are no instances of this one's class.
  if (typeof given !== 'string' && !(given instanceof Uint8Array) && !types.isUint8Array(given)) {
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
  const given: unknown = queue;
  if (typeof given !== 'object' || given === null) {
    return invalid('queue', `the queue is ${shown(given)}, not an object { topic, brokerName, queueId }`);
  }
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

function checkFlags(message: Message<unknown>): void {
  const wait: unknown = message.waitStoreMsgOk;
  if (wait !== undefined && typeof wait !== 'boolean') {
    throw invalid('wait', `waitStoreMsgOk is ${shown(wait)}, not true or false`);
  }
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
  if (message.tag !== undefined && message.tag !== '')
    encoded += property(MessageProperty.TAGS, subscribable(message.tag), 'tag');
  const keys = joinKeys(message.keys);
  if (keys !== '') encoded += property(MessageProperty.KEYS, keys, 'keys');
  const { shardingKey } = message;
  if (shardingKey !== undefined) encoded += property(MessageProperty.SHARDING_KEY, shardingKey, 'shardingKey');
  if (special !== undefined) encoded += property(special.name, special.value);
  if (message.properties !== undefined) {
    const names = propertyNames(message.properties);
    const isKeyed = shardingKey !== undefined;
    for (const name of names) {
      if (isReservedProperty(name) || (isKeyed && name === MessageProperty.SHARDING_KEY)) throw reserved(name);
      if (!isPlain(name)) checkText('property-name', 'a property name', name);
      encoded += property(name, message.properties[name]);
    }
  }
  encoded += ofKind;
  // Three bytes per character is the most that UTF-8 needs here: only longer ones have to be measured.
  if (encoded.length * 3 > MAX_SENT_PROPERTIES_BYTES) checkPropertiesSize(Buffer.byteLength(encoded), message.topic);
  return encoded;
}

function checkPropertiesSize(bytes: number, topic: string): void {
  const limit = MAX_SENT_PROPERTIES_BYTES;
  if (bytes <= limit) return;
  const problem = `the properties have ${bytes} bytes with tag, keys and unique key, at most ${limit} are allowed`;
  throw createError('RMQ_MESSAGE_TOO_LARGE', `${problem}: the rest of the 32767 is for those that the broker adds`, {
    detail: { rule: 'properties-size', bytes, limit, topic },
  });
}

/** Where names and values are not own fields, nothing would be stored of them, or something else. */
function propertyNames(properties: unknown): readonly string[] {
  const isObject = typeof properties === 'object' && properties !== null;
  if (isObject && !Array.isArray(properties)) {
    const names = Object.keys(properties);
    if (names.length > 0 || isPlainObject(properties)) return names;
  }
  const problem = `properties is ${kindOf(properties)}, not an object of names and values`;
  throw invalid(
    'properties-type',
    isObject && Symbol.iterator in properties ? `${problem} (Object.fromEntries makes one)` : problem,
  );
}

/** One of any realm. A Map, a promise and the like have a class, and no names either. */
function isPlainObject(given: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(given);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Of the message before, as its topic. */
let goodTag: unknown;
const BLANK = 0x20;

/** Consumers subscribe to 'a || b', and blanks around a tag are no part of it. */
function subscribable(tag: string): string {
  if (tag === goodTag) return tag;
  const given: unknown = tag;
  if (typeof given !== 'string') return tag;
  if (given.includes('||')) throw invalid('tag-or', 'the tag has || in it, so that no consumer can subscribe to it');
  if (given.charCodeAt(0) === BLANK || given.charCodeAt(given.length - 1) === BLANK) {
    throw invalid('tag-blank', 'the tag begins or ends with a blank, so that no consumer can subscribe to it');
  }
  goodTag = tag;
  return tag;
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
