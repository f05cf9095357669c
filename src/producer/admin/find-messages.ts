/**
 * Finds messages at the brokers of a topic: by key, by unique key, by the place they lie at. Brokers answer from an index
 * of hashes, so what they find is looked at again here.
 * Source: MQAdminImpl.java, DefaultMQProducer.viewMessage (5.5.0).
 */
import { createError, RejectedError, type RocketMQError } from '../../errors/rocketmq-error.js';
import { decompress, whenReadable } from '../../protocol/compression.js';
import { decodeHead, type DecodedMessage, type MessageHead } from '../../protocol/decoded-message.js';
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

/** What all messages that one call finds may have together, as they are stored and as they are inflated. */
const CALL_BYTES = 64 * 1024 * 1024;

/**
 * All messages with the key, the oldest first and of more than `max` the latest: only their bodies are inflated. Rejects
 * where nothing was found and some broker could not be asked, with what was in the way; and with RMQ_ANSWER_TOO_LARGE
 * where they have more than 64 MiB together.
 */
export async function findByKey(questions: BrokerQuestions, search: MessageSearch): Promise<DecodedMessage[]> {
  const { topic, key, max, from, to } = search;
  const range = { maxMessages: max, from: BigInt(Math.max(from - INDEX_GRAIN_MS, 0)), to: BigInt(to) };
  const asked: Query[] = [{ key, ...range, isUniqueKey: false, indexType: 'K' }];
  if (UNIQUE_KEY.test(key)) asked.push({ key, ...range, isUniqueKey: true, indexType: 'U' });
  const isMeant = ({ keys, msgId, storedAt }: MessageHead): boolean =>
    (msgId === key || keys.includes(key)) && storedAt.getTime() >= from && storedAt.getTime() <= to;
  const call = new FindCall(questions, topic, isMeant);
  return call.inflate((await askAll(call, asked)).slice(-max));
}

/** The message with an id, of whichever kind. Rejects with RMQ_MESSAGE_NOT_FOUND. */
export async function findById(questions: BrokerQuestions, topic: string, id: string): Promise<DecodedMessage> {
  const found = (await findAtPlace(questions, topic, id)) ?? (await findByUniqueKey(questions, topic, id));
  if (found !== undefined) return found;
  throw createError('RMQ_MESSAGE_NOT_FOUND', `no broker of the topic ${topic} has the message ${id}`, {
    detail: { topic, id },
  });
}

/** A message with its body as it is stored. */
interface FoundMessage {
  readonly head: MessageHead;
  readonly body: Buffer;
  readonly sysFlag: number;
}

/** One call: what it looks for, and what that may cost. Whatever else is in an answer is neither kept nor inflated. */
class FindCall {
  readonly questions: BrokerQuestions;
  readonly topic: string;
  readonly #isMeant: (head: MessageHead) => boolean;
  #bytesLeft = CALL_BYTES;

  constructor(questions: BrokerQuestions, topic: string, isMeant: (head: MessageHead) => boolean) {
    this.questions = questions;
    this.topic = topic;
    this.#isMeant = isMeant;
  }

  /** Why this call must end: a broker that is left out must not hide it. */
  get refusal(): RocketMQError | undefined {
    if (this.#bytesLeft >= 0) return undefined;
    const text = `the messages that were found in the topic ${this.topic} have more than ${CALL_BYTES} bytes together`;
    return createError('RMQ_ANSWER_TOO_LARGE', text, { detail: { topic: this.topic, limit: CALL_BYTES } });
  }

  /** Those that are meant, of what a broker answered. */
  take({ brokerName }: AskedBroker, answer: Uint8Array): FoundMessage[] {
    const wireName = this.questions.nameOnWire(this.topic);
    const taken: FoundMessage[] = [];
    for (const stored of decodeStoredMessages(Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength))) {
      const isOfTopic = stored.topic === wireName;
      if (!isOfTopic && !isDelayed(stored.properties, wireName)) continue;
      const head = decodeHead(stored, isOfTopic ? this.topic : stored.topic, brokerName);
      if (!this.#isMeant(head)) continue;
      this.#spend(stored.body.length);
      // A copy, so that nothing else of the answer is kept for it.
      taken.push({ head, body: Buffer.from(stored.body), sysFlag: stored.sysFlag });
    }
    return taken;
  }

  /** With their bodies, one after the other; `maxMessageBytes` is the limit of each that is inflated. */
  async inflate(found: readonly FoundMessage[]): Promise<DecodedMessage[]> {
    const messages: DecodedMessage[] = [];
    for (const { head, body: stored, sysFlag } of found) {
      await whenReadable(sysFlag);
      const body = decompress(stored, sysFlag, this.questions.maxMessageBytes);
      if (body !== stored) this.#spend(body.length);
      messages.push({ ...head, body });
    }
    return messages;
  }

  #spend(bytes: number): void {
    this.#bytesLeft -= bytes;
    const { refusal } = this;
    if (refusal !== undefined) throw refusal;
  }
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
  const call = new FindCall(questions, topic, ({ offsetMsgId }) => offsetMsgId === id.toUpperCase());
  const answers = await Promise.allSettled(asked.map((broker) => messageAt(call, broker, place.commitLogOffset)));
  const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  const [meant] = await call.inflate(found.slice(0, 1));
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (meant === undefined && failed !== undefined) throw failed.reason;
  return meant;
}

async function messageAt(call: FindCall, broker: AskedBroker, commitLogOffset: bigint): Promise<FoundMessage[]> {
  const { questions, topic } = call;
  try {
    const request = { commitLogOffset, topic: questions.nameOnWire(topic) };
    return call.take(broker, (await questions.ask(broker, viewMessage, request)).message);
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
  const call = new FindCall(questions, topic, ({ msgId }) => msgId === key);
  return (await call.inflate((await askAll(call, [query])).slice(0, 1)))[0];
}

/** What all brokers found, each message once, the oldest first. */
async function askAll(call: FindCall, queries: readonly Query[]): Promise<FoundMessage[]> {
  const { questions, topic } = call;
  const brokers = await questions.brokersOf(topic);
  const answers = await Promise.allSettled(
    brokers.flatMap((broker) => queries.map((query) => askOne(call, broker, query))),
  );
  if (call.refusal !== undefined) throw call.refusal;
  const found = new Map<string, FoundMessage>();
  for (const answer of answers) {
    if (answer.status === 'rejected') continue;
    for (const message of answer.value) found.set(`${message.head.offsetMsgId} ${message.head.msgId}`, message);
  }
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (found.size === 0 && failed !== undefined) throw failed.reason;
  return [...found.values()].sort((a, b) => a.head.storedAt.getTime() - b.head.storedAt.getTime());
}

async function askOne(call: FindCall, broker: AskedBroker, query: Query): Promise<FoundMessage[]> {
  const { questions, topic } = call;
  return call.take(
    broker,
    (await questions.ask(broker, queryMessage, { ...query, topic: questions.nameOnWire(topic) })).messages,
  );
}

/** A message that is not due yet lies in a topic of the broker's own, which only its place leads to. */
const isDelayed = (properties: string, topic: string): boolean =>
  decodeProperties(properties).get(MessageProperty.REAL_TOPIC) === topic;
