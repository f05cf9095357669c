/**
 * What cases have in common: a producer for the length of a case, messages of all kinds, and the comparison of what was
 * sent with what the target reads back. Knows no capability.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { from, lastValueFrom, toArray } from 'rxjs';
import {
  createProducer,
  type Message,
  type Producer,
  type ProducerConfig,
  SendError,
  type SendReceipt,
  toRocketMQ,
} from '../../src/index.js';
import { readTopic } from '../../src/testing/index.js';
import {
  differencesFrom,
  differencesFromReceipt,
  type ReceiptFacts,
  recordOf,
  type SentRecord,
} from './sent-record.js';
import type { ConformanceTarget, QueuePlace, StoredMessage } from './target.js';

export const MIB = 1024 * 1024;
/** Of every broker of a target, unless its profile says otherwise. */
export const BROKER_LIMIT_BYTES = 4 * MIB;
const READ_LIMIT_MS = 10_000;
/** For a case that states no time of its own: on a busy machine with slow brokers it must not be what fails. */
const SEND_LIMIT_MS = 15_000;

/** Shuts the producer down whatever happens. The target comes first, the producer's configuration last. */
export async function withProducer<Result>(
  { nameServers }: Pick<ConformanceTarget, 'nameServers'>,
  group: string,
  use: (producer: Producer) => Promise<Result>,
  config: Partial<ProducerConfig> = {},
): Promise<Result> {
  const producer = createProducer({ nameServers, group, logger: false, sendTimeoutMs: SEND_LIMIT_MS, ...config });
  try {
    return await use(producer);
  } finally {
    await producer.shutdown();
  }
}

export interface Sent {
  readonly record: SentRecord;
  /** Undefined when nobody confirmed. */
  readonly receipt: SendReceipt | undefined;
}

/** Messages with all kinds of content, each with a key of its own; the large ones come last. */
export function contents(topic: string): Message[] {
  const small = Array.from({ length: 400 }, (_, i): Message => ({
    topic,
    body:
      i % 2 === 0 ? `Inhalt Nr. ${i}: Größe, 消息, 🚀, "quoted", back\\slash\n` : randomBytes(1 + ((i * 37) % 3000)),
    keys: i % 3 === 0 ? [`${topic}-${i}`, `second-${i}`] : `${topic}-${i}`,
    ...(i % 4 !== 0 ? { tag: i % 8 === 1 ? 'größe-标签' : `tag${i}` } : {}),
    ...(i % 5 === 0 ? { flag: [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)][(i / 5) % 5] ?? 0 } : {}),
    ...(i % 3 !== 1
      ? { properties: { a: '1', 'größe-名字': '消息 🚀 with "quotes" and back\\slash', [`p${i}`]: 'x'.repeat(i + 1) } }
      : {}),
  }));
  return [
    ...small,
    { topic, body: Uint8Array.of(0), keys: `${topic}-one-byte` },
    { topic, body: 'text that compresses '.repeat(2000), keys: `${topic}-text`, properties: { a: 'b' } },
    { topic, body: randomBytes(BROKER_LIMIT_BYTES), keys: `${topic}-largest`, tag: 'largest', flag: 7 },
  ];
}

/** Through one pipeline with default options; resolves when all have their receipts. */
export async function streamAll(producer: Producer, messages: readonly Message[]): Promise<Sent[]> {
  const records = new Map(messages.map((message) => [message, recordOf(message)]));
  const receipts = await lastValueFrom(from(messages).pipe(toRocketMQ(producer), toArray()));
  expect(receipts).toHaveLength(messages.length);
  const byMessage = new Map(receipts.map((receipt) => [receipt.message, receipt]));
  return [...records].map(([message, record]) => ({ record, receipt: byMessage.get(message) }));
}

/**
 * Exactly these messages lie in the topics, each as recorded and where its receipt says. Beside one that took several
 * attempts there may be the copy of an attempt without an answer, on a machine that is slow enough.
 */
export async function expectStored(
  target: ConformanceTarget,
  topics: string[],
  sent: readonly Sent[],
): Promise<StoredMessage[]> {
  const repeated = new Map(
    sent.flatMap(({ receipt }) => (receipt !== undefined && receipt.attempts > 1 ? [[receipt.msgId, receipt]] : [])),
  );
  const isEarlierCopy = ({ msgId, offsetMsgId }: StoredMessage): boolean =>
    (repeated.get(msgId)?.offsetMsgId ?? offsetMsgId) !== offsetMsgId;
  const first = await readAtLeast(target, topics, sent.length);
  const copies = first.filter(isEarlierCopy).length;
  const all = copies === 0 ? first : await readAtLeast(target, topics, sent.length + copies);
  const stored = all.filter((copy) => !isEarlierCopy(copy));
  expect(stored).toHaveLength(sent.length);
  const byMsgId = new Map(stored.map((copy) => [copy.msgId, copy]));
  expect(sent.flatMap(({ record, receipt }) => differencesOf(record, receipt, byMsgId))).toEqual([]);
  return stored;
}

function differencesOf(
  record: SentRecord,
  receipt: ReceiptFacts | undefined,
  byMsgId: ReadonlyMap<string, StoredMessage>,
): string[] {
  if (receipt === undefined) return ['a message has no receipt'];
  const copy = byMsgId.get(receipt.msgId);
  if (copy === undefined) return [`${receipt.msgId} is not stored`];
  return [...differencesFrom(record, copy), ...differencesFromReceipt(receipt, copy)];
}

/** What was sent without a confirmation may take a moment to lie there. */
export async function readAtLeast(
  target: ConformanceTarget,
  topics: string[],
  count: number,
  limitMs = READ_LIMIT_MS,
): Promise<StoredMessage[]> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const stored = await target.readBack(topics);
    if (stored.length >= count || performance.now() > deadline) return stored;
    await delay(100);
  }
}

/** What `send` rejects with; fails when it does not. */
export async function failureOf(sending: Promise<unknown>): Promise<SendError> {
  const error: unknown = await sending.then(
    () => 'it was accepted',
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SendError)) throw new Error(`no SendError but ${String(error)}`);
  return error;
}

/** Refused, and certainly not stored. */
export async function expectRefused(producer: Producer, message: Message, code: string): Promise<void> {
  expect(await failureOf(producer.send(message))).toMatchObject({ code, stored: 'no' });
}

/** The producer goes on after a refusal, and of all it sent to the topic only this is stored. */
export async function expectOnlyNextStored(
  target: ConformanceTarget,
  producer: Producer,
  topic: string,
): Promise<void> {
  const message: Message = { topic, body: 'the next one' };
  const record = recordOf(message);
  await expectStored(target, [topic], [{ record, receipt: await producer.send(message) }]);
}

/** As something to compare. */
export const placeOf = ({ brokerName, queueId }: QueuePlace): string => `${brokerName} ${queueId}`;

const ASKED_LIMIT_MS = 20_000;

/** The first request in the topic (its name on the wire), whoever sent it, is answered. */
export async function answerFirst(
  target: ConformanceTarget,
  topic: string,
  producer: Producer,
  body: string,
): Promise<void> {
  const deadline = performance.now() + ASKED_LIMIT_MS;
  for (;;) {
    for await (const request of readTopic(target.nameServers, topic)) {
      await producer.reply(request, body);
      return;
    }
    if (performance.now() > deadline) throw new Error('nobody asked');
    await delay(50);
  }
}
