/**
 * What `toRocketMQ` costs with every default on (and with `batch: true`, where the second argument is `batch`): messages with tag, key and one property, and of every receipt the id
 * and the offset are read. Prints its CPU time per message.
 */
import { createProducer, fromPull, type Message, toRocketMQ } from 'rx-rocketmq';
import { BODY_BYTES, CpuMeter, MESSAGES, WARM_UP, WINDOW } from './workload.js';

const port = Number(process.argv[2]);
const batch = process.argv[3] === 'batch';
const body = Buffer.alloc(BODY_BYTES, 'x');

function* source(): Generator<Message> {
  for (let n = 0; n < WARM_UP + MESSAGES; n++) {
    yield { topic: 'bench', body, tag: 'tag', keys: 'key', properties: { city: 'Basel' } };
  }
}

const producer = createProducer({ nameServers: `127.0.0.1:${port}`, group: 'bench' });
const meter = new CpuMeter();
let received = 0;
let check = 0n;

fromPull(source())
  .pipe(toRocketMQ(producer, { window: WINDOW, batch }))
  .subscribe({
    next({ msgId, queueOffset }) {
      check += queueOffset + BigInt(msgId.length);
      if (++received === WARM_UP) meter.start();
    },
    error(error: unknown) {
      throw error;
    },
    complete() {
      meter.report();
      if (received !== WARM_UP + MESSAGES || check === 0n) throw new Error(`${received} receipts`);
      void producer.shutdown();
    },
  });
