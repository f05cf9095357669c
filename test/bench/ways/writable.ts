/** `producer.writable()` at the end of a Node pipeline. */
import type { SendReceipt } from 'rx-rocketmq';
import { pipeline } from 'node:stream/promises';
import { benchProducer } from './bench-producer.js';
import { readReceipt } from './read-receipt.js';
import type { Run } from './way.js';

export async function sendThroughWritable(run: Run): Promise<void> {
  const producer = benchProducer(run);
  const writable = producer.writable<number>({ window: run.measured.window });
  writable.on('outcome', (receipt: SendReceipt<number>) => readReceipt(run, receipt));
  await pipeline(run.source, writable);
  await producer.shutdown();
}
