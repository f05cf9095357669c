/**
 * `npm start`: streams 100 000 messages from a generator into RocketMQ, then reads the topic back over the wire and
 * compares what is stored with the receipts. Without `NAMESRV_ADDR` the brokers are in this process, with it the cluster
 * is yours. `npm start -- 5000` sends fewer. Ctrl-C stops the generator and finishes what was taken.
 *
 * Ends with 0 when every message has a receipt and is stored, with 1 when not, with 130 after Ctrl-C.
 */
import { createProducer, fromPull, SendError, toRocketMQ } from 'rx-rocketmq';
import { readTopic } from 'rx-rocketmq/testing';
import { map, Subject, takeUntil } from 'rxjs';
import { setTimeout as delay } from 'node:timers/promises';
import { clusterToUse } from './cluster.js';
import { bold, dim, green, grouped, ProgressLine, red } from './progress-line.js';

interface Reading {
  readonly id: number;
  readonly sensor: string;
  readonly celsius: number;
}

const total = Number(process.argv[2] ?? 100_000);
const topic = `rx-rocketmq-demo-${Date.now().toString(36)}`;
/** How often the topic is read again while it lacks messages: real brokers index what they stored a little later. */
const READS = 5;

function* readings(): Generator<Reading> {
  for (let id = 1; id <= total; id++) {
    yield { id, sensor: `sensor-${id % 100}`, celsius: 20 + Math.round(Math.sin(id / 1000) * 100) / 10 };
  }
}

const cluster = await clusterToUse();
const producer = createProducer({ nameServers: cluster.nameServers, group: 'rx-rocketmq-demo' });

const where = cluster.isEmbedded ? 'two embedded brokers' : `the cluster of ${cluster.nameServers}`;
console.log(`\n  ${bold('rx-rocketmq')}  ${grouped(total)} messages to topic ${topic} in ${where}\n`);

// ------------------------------------------------------------------ send

const acknowledged = new Set<string>();
let failure: unknown;
let isInterrupted = false;

const interrupted$ = new Subject<void>();
process.on('SIGINT', () => {
  if (isInterrupted) process.exit(130); // who presses Ctrl-C twice does not want to wait
  isInterrupted = true;
  interrupted$.next();
});
const messages$ = fromPull(readings()).pipe(
  takeUntil(interrupted$),
  map((reading) => ({ topic, keys: `reading-${reading.id}`, body: JSON.stringify(reading) })),
);

const startedAt = performance.now();
const sending = new ProgressLine(() => {
  const { sent, inFlight, latencyMs } = producer.metrics();
  const note = `${String(inFlight).padStart(3)} in flight   p50 ${ms(latencyMs.p50)}   p99 ${ms(latencyMs.p99)}`;
  return { done: sent, total, note };
});
try {
  await messages$.pipe(toRocketMQ(producer)).forEach((receipt) => acknowledged.add(receipt.msgId));
} catch (error) {
  failure = error; // of the first message that no broker took; everything in flight has ended by now
}
const seconds = (performance.now() - startedAt) / 1000;
sending.stop();

const { latencyMs } = producer.metrics();
const speed =
  `in ${seconds.toFixed(1)} s, ${grouped(acknowledged.size / seconds)}/s, ` +
  `latency p50 ${ms(latencyMs.p50)}, p99 ${ms(latencyMs.p99)}, max ${ms(latencyMs.max)}`;
if (isInterrupted) console.log(`  stopped by Ctrl-C; what was taken by then was sent\n`);
if (failure !== undefined) report(false, describe(failure));
report(acknowledged.size > 0, `${bold(grouped(acknowledged.size))} receipts ${dim(speed)}`);
await producer.shutdown();

// ------------------------------------------------------------------ prove it

const { read, missing } = acknowledged.size === 0 ? { read: 0, missing: 0 } : await readUntilComplete();
const copies = read - (acknowledged.size - missing);
const verdict = missing === 0 ? 'every receipt is stored' : `${grouped(missing)} receipts are NOT stored`;
const surplus = copies === 0 ? '' : `, ${grouped(copies)} more are copies, or stored without a receipt`;
if (read > 0) report(missing === 0, `${bold(grouped(read))} messages read back over the wire: ${verdict}${surplus}`);
console.log();
await cluster.close();

if (failure !== undefined || missing > 0) process.exitCode = 1;
else if (isInterrupted) process.exitCode = 130;
else if (acknowledged.size !== total) process.exitCode = 1;

// ------------------------------------------------------------------ the parts

async function readUntilComplete(): Promise<{ read: number; missing: number }> {
  for (let attempt = 1; ; attempt++) {
    const result = await readOnce();
    if (result.missing === 0 || attempt === READS) return result;
    await delay(200 * attempt);
  }
}

/** Crosses every receipt off whose message is in the topic. */
async function readOnce(): Promise<{ read: number; missing: number }> {
  const left = new Set(acknowledged);
  let read = 0;
  const reading = new ProgressLine(() => ({ done: read, total: acknowledged.size, note: 'reading back' }));
  try {
    for await (const message of readTopic(cluster.nameServers, topic)) {
      read++;
      left.delete(message.msgId);
    }
  } finally {
    reading.stop();
  }
  return { read, missing: left.size };
}

function describe(error: unknown): string {
  if (!(error instanceof SendError)) return String(error);
  const others = error.alsoFailed.length + error.notSent.length;
  return `${error.code}: ${error.message}\n    ${dim(error.advice)}\n    ${grouped(others)} more without a receipt`;
}

function report(isGood: boolean, text: string): void {
  console.log(`  ${isGood ? green('✔') : red('✘')} ${text}`);
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}
