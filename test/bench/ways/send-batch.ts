/** `producer.sendBatch()` of 32 messages: as many batches at once as make the messages in flight that the case has. */
import { benchProducer } from './bench-producer.js';
import type { BenchMessage } from './message-source.js';
import { readReceipt } from './read-receipt.js';
import type { Run } from './way.js';

const BATCH = 32;

export async function sendInBatches(run: Run): Promise<void> {
  const producer = benchProducer(run);
  const messages = run.source[Symbol.iterator]();
  const nextBatch = (): readonly BenchMessage[] => {
    const batch: BenchMessage[] = [];
    while (batch.length < BATCH) {
      const next = messages.next();
      if (next.done === true) break;
      batch.push(next.value);
    }
    return batch;
  };
  const caller = async (): Promise<void> => {
    for (let batch = nextBatch(); batch.length > 0; batch = nextBatch()) {
      for (const receipt of await producer.sendBatch(batch)) readReceipt(run, receipt);
    }
  };
  await Promise.all(Array.from({ length: Math.ceil(run.measured.window / BATCH) }, caller));
  await producer.shutdown();
}
