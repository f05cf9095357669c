/**
 * 01: sends one message, waits for its receipt and says where it is stored. `npm run example -- examples/01-send-one.ts`
 */
import { createProducer } from 'rx-rocketmq';
import { clusterToUse } from './cluster.js';

const cluster = await clusterToUse();
const producer = createProducer({ nameServers: cluster.nameServers, group: 'example-01' });

const receipt = await producer.send({
  topic: 'example-01',
  tag: 'greeting',
  keys: 'hello-1',
  body: 'Hello, RocketMQ',
});

const { brokerName, queueId } = receipt.queue;
console.log(`${receipt.status}: message ${receipt.msgId}`);
console.log(`is at offset ${receipt.queueOffset} of queue ${queueId} of ${brokerName}`);

await producer.shutdown();
await cluster.close();
