/**
 * 06: lets what is done with the outcomes set the pace. rxjs cannot tell a source that its subscriber is slow; a
 * `for await` loop can: an outcome that is not taken holds its slot in the window, so the source is not read on.
 */
import { createProducer, type Message } from 'rx-rocketmq';
import { setTimeout as sleep } from 'node:timers/promises';
import { clusterToUse } from './cluster.js';

let read = 0;
function* rows(): Generator<Message> {
  while (read < 200) yield { topic: 'example-06', body: `row ${++read}` };
}

const cluster = await clusterToUse();
const producer = createProducer({ nameServers: cluster.nameServers, group: 'example-06' });

let taken = 0;
let furthest = 0;
for await (const outcome of producer.sendEach(rows(), { window: 16 })) {
  if (!outcome.ok) throw outcome.error;
  taken++;
  furthest = Math.max(furthest, read - taken);
  await sleep(1); // an audit log on a slow disk
}
console.log(`${taken} outcomes taken, the source was never more than ${furthest} rows ahead`);

await producer.shutdown();
await cluster.close();
