/**
 * 02: sends a stream and gets one result for each message, receipt or failure, with what it was made from. `fromPull`
 * reads the source only as fast as it is sent; `onFailure: 'result'` lets the stream go on after a failure.
 */
import { createProducer, fromPull, type Message, toRocketMQ } from 'rx-rocketmq';
import { map } from 'rxjs';
import { clusterToUse } from './cluster.js';

interface Order {
  readonly id: number;
  readonly lines: readonly string[];
}

/** Every hundredth order is empty. */
function* orders(): Generator<Order> {
  for (let id = 1; id <= 1000; id++) yield { id, lines: id % 100 === 0 ? [] : ['tea', 'milk'] };
}

/** The context comes back with the outcome and is never sent. */
const toMessage = (order: Order): Message<Order> => ({
  topic: 'example-02',
  keys: `order-${order.id}`,
  body: order.lines.join(','), // empty for an empty order, which RocketMQ does not take
  context: order,
});

const cluster = await clusterToUse();
const producer = createProducer({ nameServers: cluster.nameServers, group: 'example-02' });

let stored = 0;
await fromPull(orders())
  .pipe(map(toMessage), toRocketMQ(producer, { onFailure: 'result' }))
  .forEach((outcome) => {
    if (outcome.ok) {
      stored++;
    } else {
      const { code, detail } = outcome.error;
      console.log(`order ${outcome.context.id}: ${code} (${detail['rule']}), stored: ${outcome.stored}`);
    }
  });
console.log(`${stored} of 1000 orders are stored`);

await producer.shutdown();
await cluster.close();
