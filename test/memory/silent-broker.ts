/**
 * An endless generator into a broker that reads and never answers: how much is pulled, what is kept, how soon the full
 * rate is back when the broker answers again, and what `unsubscribe` leaves of a full window.
 */
import { createProducer, fromPull, type Message, toRocketMQ } from 'rx-rocketmq';
import { map } from 'rxjs';
import { setTimeout as delay } from 'node:timers/promises';
import { BrokerProcess } from './broker-process.js';
import { Findings, liveMemory } from './findings.js';

const SILENT_MS = Number(process.env['SECONDS_LONG'] ?? 60) * 1000;
const FIRST_LOOK_MS = SILENT_MS / 6;
const WINDOW = 256;
const MIB = 1024 * 1024;
const RATE_MS = 2000;
/**
 * What was handed to the silent broker is lost. Nobody can know that the broker answers again before an attempt that
 * was made while it was silent is given up: with the default of half the time left, that can take 1.5 s.
 */
const ATTEMPT_TIMEOUT_MS = 500;

const findings = new Findings('silent broker');
const broker = await BrokerProcess.start();
const producer = createProducer({
  nameServers: broker.nameServers,
  group: 'memory',
  attemptTimeoutMs: ATTEMPT_TIMEOUT_MS,
  logger: false,
});

let pulled = 0;
let settled = 0;
let acknowledged = 0;
let widest = 0;
const sample = (): void => {
  widest = Math.max(widest, pulled - settled);
};

function* endless(): Generator<number> {
  for (;;) {
    pulled++;
    sample();
    yield pulled;
  }
}
const toMessage = (n: number): Message => ({ topic: 'memory', keys: String(n), body: Buffer.alloc(256, 'x') });

const subscription = fromPull(endless())
  .pipe(map(toMessage), toRocketMQ(producer, { window: WINDOW, onFailure: 'result' }))
  .subscribe((outcome) => {
    settled++;
    if (outcome.ok) acknowledged++;
    sample();
  });

async function ratePerSecond(): Promise<number> {
  const before = acknowledged;
  const startedAt = performance.now();
  await delay(RATE_MS);
  return ((acknowledged - before) * 1000) / (performance.now() - startedAt);
}

await delay(RATE_MS); // until the hot paths are compiled
const rateBefore = await ratePerSecond();

await broker.pause();
const settledBefore = settled;
await delay(FIRST_LOOK_MS);
const first = liveMemory();
await delay(SILENT_MS - FIRST_LOOK_MS);
const last = liveMemory();
findings.check('outcomes while the broker was silent', settled - settledBefore, { atLeast: 1000 });
findings.check('heap grown by bytes', last.heap - first.heap, { atMost: MIB });
findings.check('buffers grown by bytes', last.buffers - first.buffers, { atMost: MIB });

await broker.resume();
await delay(1000);
findings.check('rate 1 s after the broker resumed, times that before', (await ratePerSecond()) / rateBefore, {
  atLeast: 0.7,
});
findings.note('messages a second before', rateBefore);

await broker.pause();
await delay(ATTEMPT_TIMEOUT_MS);
findings.check('in flight before unsubscribe', producer.metrics().inFlight, { atLeast: WINDOW, atMost: WINDOW });
subscription.unsubscribe();
await producer.flush();
const { inFlight, inFlightBytes, buffered, offered, sent, failed } = producer.metrics();
findings.check('slots not given back', inFlight + buffered, { atMost: 0 });
findings.check('bytes not given back', inFlightBytes, { atMost: 0 });
findings.check('messages offered and not settled', offered - sent - failed, { atLeast: 0, atMost: 0 });
findings.check('most pulled and not settled', widest, { atLeast: WINDOW, atMost: WINDOW + 1 });

await broker.resume();
await producer.shutdown();
await broker.stop();
findings.close();
