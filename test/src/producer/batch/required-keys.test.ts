/** Messages without keys and topics that require keys: what is learned, and what batches do about it, over sockets. */
import { from, lastValueFrom, toArray } from 'rxjs';
import { toRocketMQ } from '../../../../operators/to-rocketmq.js';
import { hasKeys } from '../../../../src/producer/batch/required-keys.js';
import type { Message } from '../../../../src/producer/message/message.js';
import type { SendFailure } from '../../../../src/producer/message/outcome.js';
import type { Producer } from '../../../../src/producer/producer.js';
import { SendError } from '../../../../src/producer/message/send-error.js';
import { refuse, type ReleaseName } from '../../../../src/testing/index.js';
import { TestCluster, TOPIC } from '../../../operators/test-cluster.js';

const COMPACTED = 'latest';
const servers = new TestCluster();
afterEach(() => servers.close());

async function open(release: ReleaseName = '5.5.0'): Promise<void> {
  await servers.open({ brokers: 1, release });
  servers.cluster.createTopic(COMPACTED, { queues: 1, cleanupPolicy: 'COMPACTION' });
}

const message = (topic: string, n: number, keys?: string): Message<number> => ({
  topic,
  body: `${n}`,
  context: n,
  ...(keys === undefined ? {} : { keys }),
});
const messages = (topic: string, count: number, keyOf: (n: number) => string | undefined = () => undefined) =>
  Array.from({ length: count }, (_, n) => message(topic, n, keyOf(n)));
/** All but every eighth. */
const keyOfMost = (n: number): string | undefined => (n % 8 === 7 ? undefined : `k${n}`);

const stream = (producer: Producer, source: readonly Message<number>[]) =>
  lastValueFrom(from(source).pipe(toRocketMQ(producer, { batch: true, onFailure: 'result' }), toArray()));

async function errorOf(sending: Promise<unknown>): Promise<SendError<number>> {
  const error: unknown = await sending.then(
    () => new Error('it was sent'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SendError)) throw error;
  return error;
}

/** Bodies as they lie there. */
const bodies = (topic: string): string[] => servers.cluster.messages(topic).map(({ body }) => body.toString());
const requests = (name: 'SEND_BATCH_MESSAGE' | 'SEND_MESSAGE_V2'): number => servers.cluster.brokers[0].requests(name);
const frames = (): [batches: number, singles: number] => [requests('SEND_BATCH_MESSAGE'), requests('SEND_MESSAGE_V2')];
const keyMissing = { stored: 'no', error: { code: 'RMQ_MESSAGE_INVALID', detail: { rule: 'key-required' } } };

test.each<readonly [keys: string | readonly string[] | undefined, isKeyed: boolean]>([
  [undefined, false],
  ['', false],
  ['  ', false],
  [[], false],
  ['k', true],
  [' k', true],
  [['k', 'l'], true],
])('brokers find a key in the keys %j: %s', (keys, isKeyed) => {
  expect(hasKeys({ topic: 't', body: 'b', ...(keys === undefined ? {} : { keys }) })).toBe(isKeyed);
});

describe('in a stream with batches, to a topic that requires keys', () => {
  test('a message without keys fails, none is acknowledged and lost, and those with keys do not wait for it', async () => {
    await open();
    const outcomes = await stream(servers.producer(), messages(COMPACTED, 40, keyOfMost));
    const failed = outcomes.filter((outcome): outcome is SendFailure<number> => !outcome.ok);
    expect(failed.map(({ context }) => context).toSorted((a, b) => a - b)).toEqual([7, 15, 23, 31, 39]);
    for (const failure of failed) expect(failure).toMatchObject(keyMissing);
    expect(new Set(bodies(COMPACTED)).size).toBe(35);
    expect(frames()[0]).toBeGreaterThan(0);
  });

  test('after the first refusal a message without keys is refused without a request', async () => {
    await open();
    const producer = servers.producer();
    await stream(producer, [message(COMPACTED, 0)]);
    expect(frames()).toEqual([0, 1]);
    const outcomes = await stream(producer, messages(COMPACTED, 10));
    for (const outcome of outcomes) expect(outcome).toMatchObject({ ok: false, ...keyMissing });
    expect(frames()).toEqual([0, 1]);
  });

  test('a refusal by a plain send() counts too, and it is the same error', async () => {
    await open();
    const producer = servers.producer();
    const error = await errorOf(producer.send(message(COMPACTED, 0)));
    expect(error.failure).toMatchObject(keyMissing);
    await stream(producer, messages(COMPACTED, 10));
    expect(frames()).toEqual([0, 1]);
  });
});

describe.each<ReleaseName>(['5.5.0', '4.9.7'])('to an ordinary topic of %s', (release) => {
  test('messages without keys share batches once one was stored', async () => {
    await open(release);
    const producer = servers.producer();
    await stream(producer, messages(TOPIC, 1));
    expect(frames()).toEqual([0, 1]);
    expect((await stream(producer, messages(TOPIC, 64))).every(({ ok }) => ok)).toBe(true);
    expect(frames()).toEqual([2, 1]);
  });

  test('a first one that gets no answer says nothing: the next one travels alone too', async () => {
    await open(release);
    const producer = servers.producer();
    servers.cluster.brokers[0].script({ when: { code: 'SEND_MESSAGE_V2', times: 3 }, reply: refuse(2, 'busy') });
    await stream(producer, messages(TOPIC, 1));
    const before = frames()[1];
    await stream(producer, messages(TOPIC, 1));
    expect(frames()).toEqual([0, before + 1]);
  });

  test('sendBatch sends the first message without keys ahead, to the same queue, and from then on none', async () => {
    await open(release);
    const producer = servers.producer();
    const source = messages(TOPIC, 5, (n) => (n < 2 ? 'k' : undefined));
    const receipts = await producer.sendBatch(source);
    expect(receipts.map(({ context }) => context)).toEqual([0, 1, 2, 3, 4]);
    expect(new Set(receipts.map(({ queue }) => queue.queueId)).size).toBe(1);
    expect(bodies(TOPIC)).toEqual(['2', '0', '1', '3', '4']);
    expect(frames()).toEqual([1, 1]);
    await producer.sendBatch(source);
    expect(frames()).toEqual([2, 1]);
  });
});

describe('sendBatch to a topic that requires keys', () => {
  test.each([
    ['of messages without keys', () => undefined, 0],
    ['of one without keys among others', (n: number) => (n === 2 ? undefined : `k${n}`), 2],
  ] as const)('%s fails as a whole, and nothing is stored', async (_, keyOf, index) => {
    await open();
    const producer = servers.producer();
    const first = await errorOf(producer.sendBatch(messages(COMPACTED, 4, keyOf)));
    expect(first.failure).toMatchObject({ ...keyMissing, context: index });
    expect(first.notSent.map(({ context, stored }) => [context, stored])).toEqual(
      [0, 1, 2, 3].filter((n) => n !== index).map((n) => [n, 'no']),
    );
    const second = await errorOf(producer.sendBatch(messages(COMPACTED, 4, keyOf)));
    expect(second).toMatchObject({ code: 'RMQ_MESSAGE_INVALID', detail: { rule: 'key-required', index } });
    expect(frames()).toEqual([0, 1]);
    expect(bodies(COMPACTED)).toEqual([]);
  });

  test('a batch of one message without keys is such a batch', async () => {
    await open();
    const error = await errorOf(servers.producer().sendBatch(messages(COMPACTED, 1)));
    expect(error.failure).toMatchObject(keyMissing);
    expect(frames()).toEqual([0, 1]);
  });

  test('one whose messages all have keys is one request', async () => {
    await open();
    await servers.producer().sendBatch(messages(COMPACTED, 3, (n) => `k${n}`));
    expect(frames()).toEqual([1, 0]);
    expect(bodies(COMPACTED)).toEqual(['0', '1', '2']);
  });

  test('where the others fail after the first was stored, only they are among the failures', async () => {
    await open();
    servers.cluster.brokers[0].script({
      when: { code: 'SEND_BATCH_MESSAGE' },
      reply: refuse(13, 'the message is illegal'),
    });
    const error = await errorOf(servers.producer().sendBatch(messages(TOPIC, 3)));
    expect([error.failure, ...error.alsoFailed].map(({ context }) => context)).toEqual([1, 2]);
    expect(error.notSent).toEqual([]);
    expect(bodies(TOPIC)).toEqual(['0']);
  });
});
