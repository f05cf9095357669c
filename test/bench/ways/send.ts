/** `producer.send()`: as many callers as the case has messages in flight, each of which awaits one after the other. */
import { benchProducer } from './bench-producer.js';
import { readReceipt } from './read-receipt.js';
import type { Run } from './way.js';

export async function sendByPromise(run: Run): Promise<void> {
  const producer = benchProducer(run);
  const messages = run.source[Symbol.iterator]();
  const caller = async (): Promise<void> => {
    for (let next = messages.next(); next.done !== true; next = messages.next()) {
      readReceipt(run, await producer.send(next.value));
    }
  };
  await Promise.all(Array.from({ length: run.measured.window }, caller));
  await producer.shutdown();
}
