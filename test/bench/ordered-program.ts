/**
 * What order by key costs: the same messages with 10 000 keys at once, ordered and not. Prints its CPU time per message.
 * `ordered.js <port> <ordered|unordered>`
 */
import { createProducer, fromPull, type Message, toRocketMQ } from 'rx-rocketmq';
import { BODY_BYTES, CpuMeter, MESSAGES, WARM_UP } from './workload.js';

const KEYS = 10_000;
const port = Number(process.argv[2]);
const isOrdered = process.argv[3] === 'ordered';
const body = Buffer.alloc(BODY_BYTES, 'x');
const keys = Array.from({ length: KEYS }, (_, n) => `customer-${n}`);

function* source(): Generator<Message> {
  for (let n = 0; n < WARM_UP + MESSAGES; n++) {
    yield { topic: 'bench', body, tag: 'tag', shardingKey: keys[n % KEYS] ?? '' };
  }
}

const producer = createProducer({ nameServers: `127.0.0.1:${port}`, group: 'bench' });
const meter = new CpuMeter();
let received = 0;
let mostLanes = 0;

fromPull(source())
  .pipe(toRocketMQ(producer, { window: KEYS, ordered: isOrdered }))
  .subscribe({
    next() {
      if (++received === WARM_UP) meter.start();
      if (received % 1000 === 0) mostLanes = Math.max(mostLanes, producer.metrics().lanes);
    },
    error(error: unknown) {
      throw error;
    },
    complete() {
      meter.report();
      const { lanes } = producer.metrics();
      if (received !== WARM_UP + MESSAGES || lanes !== 0) throw new Error(`${received} receipts, ${lanes} lanes`);
      if (isOrdered && mostLanes < KEYS / 10) throw new Error(`only ${mostLanes} lanes at once`);
      void producer.shutdown();
    },
  });
