/**
 * 05: asks over RocketMQ and waits for the answer. `requestReply` makes an operator of it: requests flow in, replies flow
 * out, no more than the window are open at once. The other side here is this program too: it reads the requests and
 * answers each with `reply`; usually it is a service with a consumer, in any language.
 */
import { createProducer, fromPull, requestReply } from 'rx-rocketmq';
import { readTopic } from 'rx-rocketmq/testing';
import { map } from 'rxjs';
import { setTimeout as sleep } from 'node:timers/promises';
import { clusterToUse } from './cluster.js';

const cluster = await clusterToUse();
const { nameServers } = cluster;
const producer = createProducer({ nameServers, group: 'example-05' });
const service = createProducer({ nameServers, group: 'example-05-service' });
const topic = `example-05-${process.pid}`;
await producer.start();
await producer.admin.createTopic(topic, { queues: 2 });

const answered = new Set<string>();
async function serve(count: number): Promise<void> {
  while (answered.size < count) {
    for await (const request of readTopic(nameServers, topic)) {
      if (answered.has(request.msgId)) continue;
      answered.add(request.msgId);
      await service.reply(request, `${request.body.toString()} × 2 = ${2 * Number(request.body.toString())}`);
    }
    await sleep(20);
  }
}

const serving = serve(3);
await fromPull([1, 2, 21])
  .pipe(
    map((n) => ({ topic, body: `${n}` })),
    requestReply(producer, { timeoutMs: 10_000, window: 8 }),
  )
  .forEach(({ body }) => console.log(Buffer.from(body).toString()));
await serving;

await producer.shutdown();
await service.shutdown();
await cluster.close();
