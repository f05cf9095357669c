/** One way from a source of rows to a slow broker: `backpressure-program.js <way> <name server>`. Prints samples. */
import { createProducer, fromPull, type Message, toRocketMQ } from 'rx-rocketmq';
import { from, mergeMap } from 'rxjs';
import { Readable } from 'node:stream';
import { LIMIT_S, ROWS, type Sample, WINDOW } from './backpressure-workload.js';

const [way = '', nameServers = ''] = process.argv.slice(2);
const SAMPLE_MS = 100;
const ROWS_BETWEEN_LOOKS = 1000;

const producer = createProducer({
  nameServers,
  group: 'bench',
  sendTimeoutMs: 30_000,
  logger: false,
});
let read = 0;
let sent = 0;
let failed = 0;
let readAhead = 0;
let heapBytes = 0;
let sampledAt = 0;

/** Also from inside the source: a way that never lets go of the event loop lets no timer run. */
function look(): void {
  heapBytes = Math.max(heapBytes, process.memoryUsage().heapUsed);
  const now = performance.now();
  if (now - sampledAt < SAMPLE_MS) return;
  sampledAt = now;
  const sample: Sample = { atS: now / 1000, heapBytes, read, readAhead, settled: sent + failed, sent, failed };
  process.stdout.write(`${JSON.stringify(sample)}\n`);
  readAhead = 0;
  heapBytes = 0;
}

function end(): never {
  sampledAt = 0;
  look();
  process.exit(0);
}

/** A cursor: rows come one by one, from somewhere that can wait. */
async function* rows(): AsyncGenerator<Message> {
  while (read < ROWS) {
    read++;
    readAhead = Math.max(readAhead, read - sent - failed);
    if (read % ROWS_BETWEEN_LOOKS === 0) {
      look();
      if (performance.now() > LIMIT_S * 1000) end();
    }
    yield { topic: 'bench', body: `row ${read} ${'x'.repeat(200)}` };
  }
}

const send = async (message: Message): Promise<void> => {
  try {
    await producer.send(message);
    sent++;
  } catch {
    failed++;
  }
};

const ways: Readonly<Record<string, () => Promise<unknown>>> = {
  'merge-map': () =>
    from(rows())
      .pipe(mergeMap(send, WINDOW))
      .forEach(() => {}),
  'node-stream': () => Readable.from(rows()).forEach(send, { concurrency: WINDOW }),
  'to-rocketmq': () =>
    fromPull(rows())
      .pipe(toRocketMQ(producer, { window: WINDOW, onFailure: 'result' }))
      .forEach(({ ok }) => {
        if (ok) sent++;
        else failed++;
      }),
};

setInterval(look, SAMPLE_MS);
setTimeout(end, LIMIT_S * 1000);
await ways[way]?.();
end();
