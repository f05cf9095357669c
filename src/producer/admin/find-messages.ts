/**
 * Finds messages at the brokers of a topic: by key, by unique key, by the place they lie at. Brokers answer from an index
 * of hashes, so what they find is looked at again here.
 * Source: MQAdminImpl.java, DefaultMQProducer.viewMessage (5.5.0).
 */
import { createError, RejectedError } from '../../errors/rocketmq-error.js';
import { whenReadable } from '../../protocol/compression.js';
import { type DecodedMessage, decodeMessage } from '../../protocol/decoded-message.js';
import { MessageProperty } from '../../protocol/message-properties.js';
import { type OffsetMsgId, parseOffsetMsgId } from '../../protocol/offset-msg-id.js';
import { decodeProperties } from '../../protocol/properties.js';
import { queryMessage, type QueryMessageRequest } from '../../protocol/requests/query-message.js';
import { viewMessage } from '../../protocol/requests/view-message.js';
import { decodeStoredMessages } from '../../protocol/stored-message.js';
import type { AskedBroker, BrokerQuestions } from './broker-questions.js';

/** What is looked for. */
export interface MessageSearch {
  readonly topic: string;
  /** One of its keys, or its unique key. */
  readonly key: string;
  readonly max: number;
  /** Ms since 1970, of storing. */
  readonly from: number;
  readonly to: number;
}

/** Indexes of brokers round the time of storing down to a second. */
const INDEX_GRAIN_MS = 1000;
const END_OF_TIME = 2n ** 63n - 1n;
/** Brokers look through their index files back to this; a unique key is not older than they keep messages. */
const UNIQUE_KEY_AGE_MS = 3 * 24 * 3600 * 1000;
/** A broker takes its own limit for unique keys; the number is only told. */
const UNIQUE_KEY_MAX = 32;
const UNIQUE_KEY = /^(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{56})$/;

/**
 * All messages with the key, the oldest first and of more than `max` the latest. Rejects where nothing was found and some
 * broker could not be asked, with what was in the way.
 */
export async function findByKey(questions: BrokerQuestions, search: MessageSearch): Promise<DecodedMessage[]> {
  const { topic, key, max, from, to } = search;
  const range = { maxMessages: max, from: BigInt(Math.max(from - INDEX_GRAIN_MS, 0)), to: BigInt(to) };
  const asked: Query[] = [{ key, ...range, isUniqueKey: false, indexType: 'K' }];
  if (UNIQUE_KEY.test(key)) asked.push({ key, ...range, isUniqueKey: true, indexType: 'U' });
  const found = await askAll(questions, topic, asked);
  const isMeant = ({ keys, msgId, storedAt }: DecodedMessage): boolean =>
    (msgId === key || keys.includes(key)) && storedAt.getTime() >= from && storedAt.getTime() <= to;
  return found.filter(isMeant).slice(-max);
}

/** The message with an id, of whichever kind. Rejects with RMQ_MESSAGE_NOT_FOUND. */
export async function findById(questions: BrokerQuestions, topic: string, id: string): Promise<DecodedMessage> {
  const found = (await findAtPlace(questions, topic, id)) ?? (await findByUniqueKey(questions, topic, id));
  if (found !== undefined) return found;
  throw createError('RMQ_MESSAGE_NOT_FOUND', `no broker of the topic ${topic} has the message ${id}`, {
    detail: { topic, id },
  });
}

type Query = Omit<QueryMessageRequest, 'topic'>;

/**
 * Nothing tells a unique key from an id that names an address, so only addresses of the topic's brokers are taken for one.
 * The id has the IP address that the broker stored the message with: where the route calls it by a name, or it moved, the
 * brokers with that port are asked, and what one has must say the very id of itself.
 */
async function findAtPlace(questions: BrokerQuestions, topic: string, id: string): Promise<DecodedMessage | undefined> {
  const place = placeOf(id);
  if (place === undefined) return undefined;
  const brokers = await questions.brokersOf(topic);
  const address = questions.addressFromHere(`${place.host}:${place.port}`);
  const named = brokers.filter((broker) => broker.address === address);
  const asked = named.length > 0 ? named : brokers.filter((broker) => broker.address.endsWith(`:${place.port}`));
  const answers = await Promise.allSettled(
    asked.map((broker) => messageAt(questions, topic, broker, place.commitLogOffset)),
  );
  const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  const meant = found.find(({ offsetMsgId }) => offsetMsgId === id.toUpperCase());
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (meant === undefined && failed !== undefined) throw failed.reason;
  return meant;
}

async function messageAt(
  questions: BrokerQuestions,
  topic: string,
  broker: AskedBroker,
  commitLogOffset: bigint,
): Promise<DecodedMessage[]> {
  try {
    const request = { commitLogOffset, topic: questions.nameOnWire(topic) };
    return await decode(questions, topic, broker, (await questions.ask(broker, viewMessage, request)).message);
  } catch (error) {
    // A broker answers an offset in the middle of a message with whatever exception it trips over.
    if (error instanceof RejectedError) return [];
    throw error;
  }
}

function placeOf(id: string): OffsetMsgId | undefined {
  try {
    return parseOffsetMsgId(id);
  } catch {
    return undefined;
  }
}

async function findByUniqueKey(
  questions: BrokerQuestions,
  topic: string,
  key: string,
): Promise<DecodedMessage | undefined> {
  const from = BigInt(Math.max(Date.now() - UNIQUE_KEY_AGE_MS, 0));
  const query = { key, maxMessages: UNIQUE_KEY_MAX, from, to: END_OF_TIME, isUniqueKey: true, indexType: 'U' };
  return (await askAll(questions, topic, [query])).find(({ msgId }) => msgId === key);
}

/** What all brokers found, each message once, the oldest first. */
async function askAll(questions: BrokerQuestions, topic: string, queries: readonly Query[]): Promise<DecodedMessage[]> {
  const brokers = await questions.brokersOf(topic);
  const answers = await Promise.allSettled(
    brokers.flatMap((broker) => queries.map((query) => askOne(questions, topic, broker, query))),
  );
  const found = new Map<string, DecodedMessage>();
  for (const answer of answers) {
    if (answer.status === 'rejected') continue;
    for (const message of answer.value) found.set(`${message.offsetMsgId} ${message.msgId}`, message);
  }
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (found.size === 0 && failed !== undefined) throw failed.reason;
  return [...found.values()].sort((a, b) => a.storedAt.getTime() - b.storedAt.getTime());
}

async function askOne(
  questions: BrokerQuestions,
  topic: string,
  broker: AskedBroker,
  query: Query,
): Promise<DecodedMessage[]> {
  const { messages } = await questions.ask(broker, queryMessage, { ...query, topic: questions.nameOnWire(topic) });
  return decode(questions, topic, broker, messages);
}

async function decode(
  questions: BrokerQuestions,
  topic: string,
  { brokerName }: AskedBroker,
  messages: Uint8Array,
): Promise<DecodedMessage[]> {
  const wireName = questions.nameOnWire(topic);
  const found = decodeStoredMessages(Buffer.from(messages));
  for (const { sysFlag } of found) await whenReadable(sysFlag);
  return found
    .filter((stored) => stored.topic === wireName || isDelayed(stored.properties, wireName))
    .map((stored) => decodeMessage(stored, stored.topic === wireName ? topic : stored.topic, brokerName));
}

/** A message that is not due yet lies in a topic of the broker's own, which only its place leads to. */
const isDelayed = (properties: string, topic: string): boolean =>
  decodeProperties(properties).get(MessageProperty.REAL_TOPIC) === topic;
