/**
 * Order by key while the broker of half the keys is killed and comes back. What lies in the queues is read back by the
 * official Java client.
 */
import { lastValueFrom, toArray } from 'rxjs';
import { createProducer, fromPull, type Message, toRocketMQ } from '../../src/index.js';
import type { RealCluster } from './cluster.js';

const TOPIC = 'KeyOrder';
const KEYS = 40;
const MESSAGES = 20_000;

function* messages(onRead: (n: number) => void): Generator<Message<number>> {
  for (let n = 0; n < MESSAGES; n++) {
    onRead(n);
    const properties = { key: `key ${n % KEYS}`, order: `${n}` };
    yield { topic: TOPIC, body: `number ${n}`, shardingKey: `key ${n % KEYS}`, properties, context: n };
  }
}

export function keyOrderSuite(cluster: () => RealCluster): void {
  test('kill -9 of a broker and its restart: every key keeps its queue and its order', async () => {
    const { judge, nameServer, brokers } = cluster();
    const victim = brokers.at(-1);
    if (victim === undefined) throw new Error('there is no broker');
    await judge.createTopic(TOPIC, 4);
    // The route stays what it was: a name server that takes the dead broker out of it would move its keys.
    const producer = createProducer({
      nameServers: nameServer,
      group: 'real_key_order',
      routeRefreshMs: 600_000,
      sendTimeoutMs: 120_000,
      attemptTimeoutMs: 1000,
      logger: false,
    });
    let restarted: Promise<void> | undefined;
    const killAndRestart = async (): Promise<void> => {
      await victim.kill();
      await victim.restart();
    };
    const source = messages((n) => {
      if (n === MESSAGES / 4) restarted = killAndRestart();
    });
    const outcomes = await lastValueFrom(
      fromPull(source).pipe(
        toRocketMQ<number>(producer, {
          ordered: { onFailure: 'halt-key' },
          onFailure: 'result',
          retry: { retries: 100, delayMs: () => 500 },
        }),
        toArray(),
      ),
    );
    await restarted;
    const { retried, lanes } = producer.metrics();
    await producer.shutdown();
    expect(outcomes.filter(({ ok }) => !ok)).toEqual([]);
    expect(outcomes).toHaveLength(MESSAGES);
    expect(retried).toBeGreaterThan(0);
    expect(lanes).toBe(0);

    const queues = new Map<string, Set<string>>();
    const order = new Map<string, number[]>();
    const seen = new Set<string>();
    for (const copy of (await judge.readBack([TOPIC])).toSorted((a, b) => Number(a.queueOffset - b.queueOffset))) {
      const key = copy.properties['key'] ?? '';
      queues.set(key, (queues.get(key) ?? new Set()).add(`${copy.brokerName}/${copy.queueId}`));
      // An attempt without an answer may have stored a copy: the first ones are in order.
      if (seen.has(copy.msgId)) continue;
      seen.add(copy.msgId);
      order.set(key, [...(order.get(key) ?? []), Number(copy.properties['order'])]);
    }
    expect(seen.size).toBe(MESSAGES);
    expect([...queues.values()].map(({ size }) => size)).toEqual(Array(KEYS).fill(1));
    for (const numbers of order.values()) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect([...queues.values()].some((places) => [...places].some((place) => place.startsWith(victim.name)))).toBe(
      true,
    );
  }, 240_000);
}
