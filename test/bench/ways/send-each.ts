/** `producer.sendEach()`: the loop takes outcome by outcome. */
import { benchProducer } from './bench-producer.js';
import { readReceipt } from './read-receipt.js';
import type { Run } from './way.js';

export async function sendEachInLoop(run: Run): Promise<void> {
  const producer = benchProducer(run);
  for await (const outcome of producer.sendEach(run.source, { window: run.measured.window })) {
    if (!outcome.ok) throw outcome.error;
    readReceipt(run, outcome);
  }
  await producer.shutdown();
}
