/** Order by key over sockets: whatever brokers do to attempts, the first copies of one key lie in its queue in order. */
import fc from 'fast-check';
import { from, lastValueFrom, toArray } from 'rxjs';
import { toRocketMQ } from '../../operators/to-rocketmq.js';
import type { Message } from '../../src/producer/message/message.js';
import type { ReadMessage } from '../../src/testing/index.js';
import { busy, disconnect, dropAnswer, readTopic, refuse, type Reply } from '../../src/testing/index.js';
import { TestCluster } from './test-cluster.js';

const servers = new TestCluster();
beforeAll(() => servers.open());
afterAll(() => servers.close());

const replies: Readonly<Record<string, Reply>> = {
  ok: (turn) => turn.answer(turn.handle()),
  refuse: refuse('MESSAGE_ILLEGAL'),
  unavailable: refuse('SERVICE_NOT_AVAILABLE'),
  busy: busy(),
  dropAnswer: dropAnswer(),
  lost: disconnect('after-storing'),
  lostBefore: disconnect('before-storing', 'end'),
};

const run = fc.record({
  plan: fc.array(fc.constantFrom('ok', 'ok', ...Object.keys(replies)), { minLength: 1, maxLength: 25 }),
  keys: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 20, maxLength: 60 }),
  window: fc.integer({ min: 1, max: 12 }),
  onKeyFailure: fc.constantFrom('halt-key' as const, 'skip' as const),
  hasOwnKey: fc.boolean(),
});

let runs = 0;

const numberIn = ({ body }: ReadMessage): number => Number(body.toString());

/** Queue by queue, in the order of the queue. */
async function storedIn(topic: string): Promise<readonly ReadMessage[]> {
  const all: ReadMessage[] = [];
  for await (const one of readTopic(servers.cluster.nameServers, topic)) all.push(one);
  return all;
}

/** Of every key the first copies, where they lie. */
function firstCopies(stored: readonly ReadMessage[]): ReadonlyMap<string, readonly ReadMessage[]> {
  const seen = new Set<string>();
  const byKey = new Map<string, ReadMessage[]>();
  for (const copy of stored) {
    if (seen.has(copy.msgId)) continue;
    seen.add(copy.msgId);
    const key = copy.properties['key'] ?? '';
    byKey.set(key, [...(byKey.get(key) ?? []), copy]);
  }
  return byKey;
}

test('the first copies of a key lie in one queue, in the order of sending', async () => {
  await fc.assert(
    fc.asyncProperty(run, async ({ plan, keys, window, onKeyFailure, hasOwnKey }) => {
      const topic = `ordered-${runs}`;
      servers.cluster.createTopic(topic, { queues: 3 });
      let turns = 0;
      const rules = servers.cluster.brokers.map((broker) =>
        broker.script({
          when: { code: 'SEND_MESSAGE_V2' },
          reply: (turn) => replies[plan[turns++ % plan.length] ?? 'ok']?.(turn),
        }),
      );
      const producer = servers.producer({ group: `ordered-${runs++}`, sendTimeoutMs: 200, attemptTimeoutMs: 40 });
      const messages = keys.map((n, sequence): Message<number> => ({
        topic,
        body: `${sequence}`,
        properties: { key: `key ${n}` },
        context: sequence,
        ...(!hasOwnKey && { shardingKey: `key ${n}` }),
      }));
      const outcomes = await lastValueFrom(
        from(messages).pipe(
          toRocketMQ<number>(producer, {
            window,
            ordered: { onFailure: onKeyFailure, ...(hasOwnKey && { key: ({ properties }) => properties?.['key'] }) },
            onFailure: 'result',
            retry: { retries: 2, delayMs: () => 1 },
          }),
          toArray(),
        ),
      );
      for (const rule of rules) rule.stop();
      expect(outcomes).toHaveLength(messages.length);
      expect(producer.metrics()).toMatchObject({ offered: messages.length, inFlight: 0, buffered: 0, lanes: 0 });
      for (const copies of firstCopies(await storedIn(topic)).values()) {
        expect(new Set(copies.map(({ queue }) => queue.brokerName + queue.queueId)).size).toBe(1);
        const order = copies.map(numberIn);
        expect(order).toEqual(order.toSorted((a, b) => a - b));
      }
      await producer.shutdown({ drain: false });
    }),
    { numRuns: 15 },
  );
}, 120_000);

test('sends of one key that are called together are stored in their order, and a failed one is skipped', async () => {
  servers.cluster.createTopic('together', { queues: 4 });
  servers.refuseBodies('3');
  const producer = servers.producer({ group: 'together' });
  const all = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) => producer.send({ topic: 'together', body: `${n}`, shardingKey: 'one' })),
  );
  expect(all.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  const stored = await storedIn('together');
  expect(stored.map(numberIn)).toEqual(Array.from({ length: 20 }, (_, n) => n).filter((n) => n !== 3));
  expect(new Set(stored.map(({ queue }) => queue.queueId)).size).toBe(1);
  expect(producer.metrics().lanes).toBe(0);
});

test('a warning says once that ordered messages create their topic, whose queues may then be other ones', async () => {
  const warnings: unknown[] = [];
  const logger = { debug() {}, info() {}, error() {}, warn: (_: object, text: string) => void warnings.push(text) };
  const producer = servers.producer({ group: 'provisional', logger });
  await producer.send({ topic: 'not-yet-1', body: 'without a key' });
  expect(warnings.filter((text) => String(text).includes('ordered messages'))).toEqual([]);
  await producer.send({ topic: 'not-yet-2', body: 'first', shardingKey: 'one' });
  await producer.send({ topic: 'not-yet-3', body: 'second', shardingKey: 'one' });
  expect(warnings.filter((text) => String(text).includes('ordered messages'))).toHaveLength(1);
});
