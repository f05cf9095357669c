/** `toRocketMQ`, with whatever options the case has. */
import { fromPull, toRocketMQ } from 'rx-rocketmq';
import { map, type Observable } from 'rxjs';
import { benchProducer } from './bench-producer.js';
import type { BenchMessage } from './message-source.js';
import { readReceipt } from './read-receipt.js';
import type { Run } from './way.js';

export async function sendStream(run: Run): Promise<void> {
  const { window, pipeline: { mode = 'confirm', ...pipeline } = {}, detours = 0 } = run.measured;
  const producer = benchProducer(run);
  const messages$ = detour(fromPull(run.source), detours);
  if (mode === 'oneway') {
    await messages$
      .pipe(toRocketMQ(producer, { window, mode, ...pipeline }))
      .forEach(({ context }) => run.settled(context));
  } else {
    await messages$
      .pipe(toRocketMQ(producer, { window, mode, ...pipeline }))
      .forEach((receipt) => readReceipt(run, receipt));
  }
  await producer.shutdown();
}

function detour(messages$: Observable<BenchMessage>, detours: number): Observable<BenchMessage> {
  return detours === 0 ? messages$ : detour(messages$.pipe(map((message) => ({ ...message }))), detours - 1);
}
