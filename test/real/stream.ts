/** The suite of the undisturbed stream: 100 000 messages of many sizes, all of them stored once, exactly as sent. */
import type { RealCluster } from './cluster.js';
import { expectKept, reportRun } from './expect-kept.js';
import { runLoad } from './load.js';
import { Workload } from './workload.js';

const COUNT = 100_000;
const TOPICS = ['Stream0', 'Stream1', 'Stream2', 'Stream3', 'Stream4'];
const QUEUES = 4;

export function streamSuite(cluster: () => RealCluster): void {
  test(`${COUNT} messages of 16 B to 64 KiB in 5 topics: Java reads back each of them once, as it was sent`, async () => {
    const { judge, nameServer, brokers } = cluster();
    for (const topic of TOPICS) await judge.createTopic(topic, QUEUES);
    const workload = new Workload({ runId: 's', topics: TOPICS, seed: 1, minBytes: 16, maxBytes: 65_536 });
    // Time enough for a slow machine: an attempt that times out may be stored all the same, and is then stored twice.
    const config = { nameServers: nameServer, group: 'real_stream', sendTimeoutMs: 20_000 };
    const startedAt = performance.now();

    const load = await runLoad({ config, workload, window: 256, count: COUNT });
    const sentAfterMs = performance.now() - startedAt;

    const stored = await judge.readBack(TOPICS);
    const verdict = load.ledger.close(stored);
    reportRun(cluster(), 'stream', verdict, {
      retried: load.retried.length,
      sentAfterMs,
      readAfterMs: performance.now() - startedAt,
    });
    expectKept(verdict);
    expect(verdict).toMatchObject({ offered: COUNT, acknowledged: COUNT, stored: COUNT });
    const queuesUsed = new Set(stored.map(({ topic, brokerName, queueId }) => `${topic} ${brokerName} ${queueId}`));
    expect(queuesUsed.size).toBe(TOPICS.length * QUEUES * brokers.length);
  }, 180_000);
}
