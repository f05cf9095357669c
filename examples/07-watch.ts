/**
 * 07: watches a producer while it sends, with `for await` over its `events$` and `metrics$`, which end with it. Both come
 * seldom. `eachValueFrom` keeps what the loop has not taken yet, without a limit: for outcomes use `sendEach` (06), which
 * lets the loop set the pace.
 */
import { createProducer } from 'rx-rocketmq';
import { eachValueFrom } from 'rxjs-for-await';
import { setTimeout as sleep } from 'node:timers/promises';
import { clusterToUse } from './cluster.js';

const cluster = await clusterToUse();
const producer = createProducer({ nameServers: cluster.nameServers, group: 'example-07' });

async function watchConnections(): Promise<void> {
  for await (const event of eachValueFrom(producer.events$)) {
    if (event.type === 'connection') console.log(`connection to ${event.address}: ${event.state}`);
  }
}

async function watchMetrics(): Promise<void> {
  for await (const { sent, failed, latencyMs } of eachValueFrom(producer.metrics$)) {
    console.log(`${sent} sent, ${failed} failed, p99 ${latencyMs.p99.toFixed(1)} ms`);
  }
}

const watching = Promise.all([watchConnections(), watchMetrics()]);
const endAt = performance.now() + 1500; // metrics come once a second
for (let n = 1; performance.now() < endAt; n++) {
  await producer.send({ topic: 'example-07', body: `reading ${n}` });
  await sleep(20);
}
await producer.shutdown();
await watching;
console.log('the producer has ended, and so have the loops');
await cluster.close();
