/**
 * What a producer can ask about topics and messages: the questions of MQAdmin.java. It sends nothing, and decides nothing
 * about where messages go.
 */
import { shown } from '../../errors/kind-of.js';
import { createError, RocketMQError } from '../../errors/rocketmq-error.js';
import type { Logger } from '../../observe/logger.js';
import type { DecodedMessage } from '../../protocol/decoded-message.js';
import type { MessageQueue } from '../../protocol/message-queue.js';
import { createTopic, formatAttributes } from '../../protocol/requests/create-topic.js';
import { getEarliestStoreTime } from '../../protocol/requests/get-earliest-store-time.js';
import { getMaxOffset } from '../../protocol/requests/get-max-offset.js';
import { getMinOffset } from '../../protocol/requests/get-min-offset.js';
import { searchOffset } from '../../protocol/requests/search-offset.js';
import { PERM_READ, PERM_WRITE } from '../../protocol/route-data.js';
import { assertGiven, type OptionTable } from '../../options/check-options.js';
import { integer, object, someText, time } from '../../options/option-kinds.js';
import { type AskedBroker, argumentInvalid, type BrokerQuestions, topicMissing } from './broker-questions.js';
import { findById, findByKey } from './find-messages.js';

/** How a topic is to be. */
export interface TopicSettings {
  /** Queues on each broker, 1 to 1024; default 8. */
  readonly queues?: number | undefined;
  /** `{ 'message.type': 'DELAY' }`, for brokers of 5.0 and later; older ones ignore them. */
  readonly attributes?: Readonly<Record<string, string>> | undefined;
  /**
   * The topic whose brokers get it; default: `createTopicKey` of the producer. Where brokers let no client create topics
   * by sending, there is no `TBW102`: name a cluster then (`DefaultCluster`) or a broker, which are topics too.
   */
  readonly createTopicKey?: string | undefined;
}

/** Which messages are meant. */
export interface QueryOptions {
  /** At most so many, the latest; 1 to 1024, default 32. Each broker tells at most 64 (its `maxMsgsNumBatch`). */
  readonly max?: number | undefined;
  /** When they were stored, by the broker's clock; default: ever. */
  readonly from?: Date | number | undefined;
  readonly to?: Date | number | undefined;
}

export interface ProducerAdminOptions {
  readonly questions: BrokerQuestions;
  /** The topic whose brokers get a new one. */
  readonly createTopicKey: string;
  /** A new one belongs to a unit. */
  readonly unitMode: boolean;
  /** Throws where the producer answers nothing any more. */
  readonly assertUsable: () => void;
  readonly logger: Logger;
}

const DEFAULT_QUEUES = 8;
const MAX_QUEUES = 1024;
/** Of `TopicSysFlag`, as brokers set it for topics that messages of `unitMode` create. */
const FLAG_UNIT = 1;
/** A time that no message is stored after: this machine's clock may be behind the broker's. */
const LATEST = Number.MAX_SAFE_INTEGER;
const DEFAULT_MAX = 32;
const MAX_MAX = 1024;

const topicSettings = {
  queues: { kind: integer(1, MAX_QUEUES) },
  attributes: { kind: object<Readonly<Record<string, string>>>('an object of names and values') },
  createTopicKey: { kind: someText },
} as const satisfies { readonly [K in keyof TopicSettings]-?: OptionTable[string] };

const queryOptions = {
  max: { kind: integer(1, MAX_MAX) },
  from: { kind: time },
  to: { kind: time },
} as const satisfies { readonly [K in keyof QueryOptions]-?: OptionTable[string] };

const ATTRIBUTE = /^[^+\-=,\s][^=,\s]*$/;

/**
 * All of it starts a producer that was only created, asks once with 6 s for each broker, and rejects with the RocketMQError
 * of what is in the way: RMQ_ARGUMENT_INVALID for impossible arguments, RMQ_ROUTE_MISSING for a topic that no name server
 * knows, RMQ_BROKER_UNKNOWN for a queue of a broker that is not there.
 */
export class ProducerAdmin {
  readonly #questions: BrokerQuestions;
  readonly #createTopicKey: string;
  readonly #unitMode: boolean;
  readonly #assertUsable: () => void;
  readonly #logger: Logger;

  /** @internal */
  constructor({ questions, createTopicKey, unitMode, assertUsable, logger }: ProducerAdminOptions) {
    this.#questions = questions;
    this.#createTopicKey = createTopicKey;
    this.#unitMode = unitMode;
    this.#assertUsable = assertUsable;
    this.#logger = logger;
  }

  /**
   * Creates a topic on all brokers that have the topic `createTopicKey` (`TBW102`), or changes its settings there: **all
   * of them**, to 8 queues where `queues` is absent. As with the Java client **one broker that did it is success**; those
   * that did not are logged. Rejects with RMQ_TOPIC_REFUSED for a name or an attribute that brokers do not allow.
   */
  async createTopic(topic: string, settings: TopicSettings = {}): Promise<void> {
    this.#assertUsable();
    assertGiven('settings of createTopic()', settings, topicSettings, 'RMQ_ARGUMENT_INVALID');
    const { queues = DEFAULT_QUEUES, attributes = {}, createTopicKey = this.#createTopicKey } = settings;
    for (const text of Object.entries(attributes).flat()) {
      if (!ATTRIBUTE.test(text)) throw argumentInvalid('attribute', `an attribute cannot have ${JSON.stringify(text)}`);
    }
    this.#questions.assertTopic(topic);
    const request = {
      topic: this.#questions.nameOnWire(topic),
      defaultTopic: createTopicKey,
      readQueues: queues,
      writeQueues: queues,
      perm: PERM_READ | PERM_WRITE,
      filterType: 'SINGLE_TAG',
      sysFlag: this.#unitMode ? FLAG_UNIT : 0,
      order: false,
      attributes: formatAttributes(attributes),
      force: false,
    };
    const brokers = await this.#brokersFor(topic, createTopicKey);
    const answers = await Promise.allSettled(
      brokers.map((broker) => this.#questions.ask(broker, createTopic, request)),
    );
    const failures = answers.flatMap((answer) => (answer.status === 'rejected' ? [asError(answer.reason)] : []));
    if (failures.length === brokers.length) throw failures[0] ?? noBroker(topic, createTopicKey);
    for (const error of failures) this.#logger.warn({ topic, err: error }, 'a broker did not create a topic');
    await this.#questions.freshRouteOf(topic);
  }

  async #brokersFor(topic: string, createTopicKey: string): Promise<readonly AskedBroker[]> {
    try {
      return await this.#questions.brokersOfShared(createTopicKey);
    } catch (error) {
      if (error instanceof RocketMQError && error.code === 'RMQ_ROUTE_MISSING') {
        throw noBroker(topic, createTopicKey, error);
      }
      throw error;
    }
  }

  /** The queues that messages of the topic go to, by broker and id, asked now. Rejects where the topic does not exist. */
  async publishQueues(topic: string): Promise<readonly MessageQueue[]> {
    this.#assertUsable();
    const { queues, isProvisional } = await this.#questions.freshRouteOf(topic);
    if (!isProvisional) return queues;
    throw topicMissing(topic);
  }

  /** The offset of the oldest message the queue still has; 0 for a queue that does not exist. */
  async minOffset(queue: MessageQueue): Promise<bigint> {
    const { broker, fields } = await this.#placeOf(queue);
    return (await this.#questions.ask(broker, getMinOffset, fields)).offset;
  }

  /** The offset that the next message of the queue gets; 0 for a queue that does not exist. */
  async maxOffset(queue: MessageQueue): Promise<bigint> {
    const { broker, fields } = await this.#placeOf(queue);
    return (await this.#questions.ask(broker, getMaxOffset, { ...fields, committed: true })).offset;
  }

  /**
   * The offset of the first message that was stored at this time or later, the end of the queue if there is none. Brokers
   * below 5.1.4 give the message that is nearest in time.
   */
  async searchOffset(queue: MessageQueue, at: Date | number): Promise<bigint> {
    if (!time.accepts(at)) throw argumentInvalid('time', `${shown(at)} is not ${time.allowed}`);
    const timestamp = Math.trunc(Number(at));
    const { broker, fields } = await this.#placeOf(queue);
    return (await this.#questions.ask(broker, searchOffset, { ...fields, timestamp, boundary: 'LOWER' })).offset;
  }

  /** When the oldest message of the queue was stored. Rejects with RMQ_MESSAGE_NOT_FOUND for an empty queue. */
  async earliestStoreTime(queue: MessageQueue): Promise<Date> {
    const { broker, fields } = await this.#placeOf(queue);
    const { timestamp } = await this.#questions.ask(broker, getEarliestStoreTime, fields);
    if (timestamp >= 0) return new Date(timestamp);
    const { topic, brokerName, queueId } = queue;
    throw createError('RMQ_MESSAGE_NOT_FOUND', `the queue ${queueId} of ${topic} at ${brokerName} has no message`, {
      detail: { topic, brokerName, queueId },
    });
  }

  /**
   * The message with this id: an `offsetMsgId`, or a `msgId` (unique key) of the last three days. Of several copies under
   * one unique key the oldest. Rejects with RMQ_MESSAGE_NOT_FOUND; a new message needs a moment to be found by its key.
   */
  async viewMessage(topic: string, id: string): Promise<DecodedMessage> {
    this.#assertUsable();
    assertText('id', id);
    return findById(this.#questions, topic, id);
  }

  /**
   * The messages that have the key among their `keys`, or as their `msgId`; the oldest first. Empty where there are none.
   * **Brokers that do not answer are left out** where others found something. Rejects with RMQ_ANSWER_TOO_LARGE where those
   * that match have more than 64 MiB together, and with RMQ_PROTOCOL_VIOLATION where the body of one that is returned cannot
   * be inflated, or only to more than `maxMessageBytes`.
   */
  async queryMessages(topic: string, key: string, options: QueryOptions = {}): Promise<readonly DecodedMessage[]> {
    this.#assertUsable();
    assertGiven('options of queryMessages()', options, queryOptions, 'RMQ_ARGUMENT_INVALID');
    const { max = DEFAULT_MAX, from = 0, to = LATEST } = options;
    assertText('key', key);
    const range = { from: Math.trunc(Number(from)), to: Math.trunc(Number(to)) };
    if (range.from > range.to) throw argumentInvalid('time', 'from is later than to');
    return findByKey(this.#questions, { topic, key, max, ...range });
  }

  /** Who has the queue, and what every question about one says. */
  async #placeOf(queue: MessageQueue): Promise<QueuePlace> {
    this.#assertUsable();
    const broker = await this.#questions.masterOfQueue(queue);
    const { queueId, brokerName } = queue;
    return { broker, fields: { topic: this.#questions.nameOnWire(queue.topic), queueId, brokerName } };
  }
}

interface QueuePlace {
  readonly broker: AskedBroker;
  readonly fields: { readonly topic: string; readonly queueId: number; readonly brokerName: string };
}

function assertText(name: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') throw argumentInvalid(name, `the ${name} is not a text`);
}

const noBroker = (topic: string, createTopicKey: string, cause?: unknown): RocketMQError => {
  const why = `no broker has the topic ${createTopicKey}, whose brokers would get the topic ${topic}`;
  return createError('RMQ_ROUTE_MISSING', `${why}; createTopicKey may name another one, such as that of a cluster`, {
    detail: { topic, createTopicKey },
    cause,
  });
};

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));
