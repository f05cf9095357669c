/**
 * Order by key while the broker of half the keys is killed and comes back. What lies in the queues is read back by the
 * official Java client. The name server takes the dead broker out of the route: its keys move to other queues with what is
 * certainly not stored, and back when it has returned.
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

/** A message of one key as it lies in a queue. */
interface Stored {
  readonly number: number;
  readonly queue: string;
}

/** Of the messages of one key, in the order in which they lie in their queues: those behind a later one of their queue. */
function outOfOrder(places: readonly Stored[]): readonly Stored[] {
  const latest = new Map<string, number>();
  return places.filter(({ number, queue }) => {
    const isBehind = number < (latest.get(queue) ?? -1);
    latest.set(queue, Math.max(number, latest.get(queue) ?? -1));
    return isBehind;
  });
}

/** How often a key changed its queue, from message to message. */
function movesOf(places: readonly Stored[]): number {
  const queues = places.toSorted((a, b) => a.number - b.number).map(({ queue }) => queue);
  return queues.filter((queue, i) => i > 0 && queue !== queues[i - 1]).length;
}

export function keyOrderSuite(cluster: () => RealCluster): void {
  test('kill -9 of a broker and its restart: every key keeps its order, and leaves its queue only for as long as its broker is gone', async () => {
    const { judge, nameServer, brokers } = cluster();
    const victim = brokers.at(-1);
    if (victim === undefined) throw new Error('there is no broker');
    await judge.createTopic(TOPIC, 4);
    // Only what fails renews the route.
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

    const stored = new Map<string, Stored[]>();
    const seen = new Set<string>();
    for (const copy of (await judge.readBack([TOPIC])).toSorted((a, b) => Number(a.queueOffset - b.queueOffset))) {
      // An attempt without an answer may have stored a copy: the first ones are in order.
      if (seen.has(copy.msgId)) continue;
      seen.add(copy.msgId);
      const key = copy.properties['key'] ?? '';
      const place = { number: Number(copy.properties['order']), queue: `${copy.brokerName}/${copy.queueId}` };
      stored.set(key, [...(stored.get(key) ?? []), place]);
    }
    expect(seen.size).toBe(MESSAGES);
    expect(stored.size).toBe(KEYS);
    for (const places of stored.values()) expect(outOfOrder(places)).toEqual([]);
    // Away and back, at most.
    expect(Math.max(...[...stored.values()].map(movesOf))).toBeLessThanOrEqual(2);
    const wasUsed = [...stored.values()].some((places) => places.some(({ queue }) => queue.startsWith(victim.name)));
    expect(wasUsed).toBe(true);
  }, 240_000);
}
