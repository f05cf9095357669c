/**
 * 03: stops an endless stream without losing sight of a message. On SIGTERM `shutdown()` takes no more messages, waits
 * for the answers to those that are under way, and unregisters; then nothing keeps the process alive. This program sends
 * itself the signal after half a second; press Ctrl-C to be faster.
 */
import { createProducer, fromPull, RocketMQError, toRocketMQ } from 'rx-rocketmq';
import { map } from 'rxjs';
import { clusterToUse } from './cluster.js';

function* ticks(): Generator<number> {
  for (let tick = 0; ; tick++) yield tick;
}

const cluster = await clusterToUse();
const producer = createProducer({ nameServers: cluster.nameServers, group: 'example-03' });

let receipts = 0;
fromPull(ticks())
  .pipe(
    map((tick) => ({ topic: 'example-03', body: `tick ${tick}` })),
    toRocketMQ(producer),
  )
  .subscribe({
    next: () => receipts++,
    // The source had more to give, so this is not a completion.
    error: (error: unknown) => console.log('the stream ended:', error instanceof RocketMQError ? error.code : error),
  });

const stop = async (signal: NodeJS.Signals): Promise<void> => {
  const { inFlight } = producer.metrics();
  console.log(`${signal}: ${inFlight} messages are under way`);
  const { abandoned } = await producer.shutdown({ timeoutMs: 5000 });
  const { offered } = producer.metrics();
  console.log(`${offered} messages taken, ${receipts} receipts, ${abandoned.length} given back`);
  await cluster.close();
};
process.once('SIGTERM', (signal) => void stop(signal));
process.once('SIGINT', (signal) => void stop(signal));
setTimeout(() => process.kill(process.pid, 'SIGTERM'), 500).unref();
