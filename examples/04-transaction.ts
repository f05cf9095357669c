/**
 * 04: sends a message together with work of your own. Consumers see it only when the work is done: the broker has the
 * half message first, then `execute` runs, and what it says commits the message or takes it back. When the end is lost,
 * the broker asks `checkTransaction`, also after a restart of this program.
 */
import { createProducer, type Resolution } from 'rx-rocketmq';
import { readTopic } from 'rx-rocketmq/testing';
import { clusterToUse } from './cluster.js';

/** What a database would know. */
const paid = new Set<string>();

const cluster = await clusterToUse();
const producer = createProducer({
  nameServers: cluster.nameServers,
  group: 'example-04',
  checkTransaction: (message): Resolution => (paid.has(String(message.keys)) ? 'commit' : 'rollback'),
});

for (const order of ['order-1', 'order-2']) {
  const { resolution } = await producer.sendInTransaction(
    { topic: 'example-04', keys: order, body: `${order} is paid` },
    () => {
      if (order === 'order-2') return 'rollback'; // the payment was refused
      paid.add(order);
      return 'commit';
    },
  );
  console.log(`${order}: ${resolution}`);
}

for await (const { body } of readTopic(cluster.nameServers, 'example-04'))
  console.log('consumers see:', body.toString());

await producer.shutdown();
await cluster.close();
