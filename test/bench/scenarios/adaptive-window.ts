/**
 * `window: 'auto'` against all fixed windows of 16 to 4096, at a broker whose capacity changes
 * three times. Measured is from 5 s after each change on; judged are the ratios to the best fixed window in the same run.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Subject } from 'rxjs';
import { createProducer, fromPull, type Message, toRocketMQ } from 'rx-rocketmq';
import type { Bench } from '../bench.js';
import { table } from '../results/figures.js';
import type { Pace } from './paced-broker.js';
import type { Scenario, Verdict } from './scenario.js';

const PACES: readonly Pace[] = [
  { capacity: 4, baseMs: 5 },
  { capacity: 12, baseMs: 5 },
  { capacity: 1, baseMs: 5 },
  { capacity: 6, baseMs: 20 },
];
const FIXED = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096] as const;
const ADAPTING_MS = 5000;
const MEASURED_MS = 3000;
const LEAST_THROUGHPUT = 0.8;
const MOST_P99 = 2;
/** Throughputs that are this near to the best are as good; of these the one with the lowest p99 is the best. */
const AS_GOOD = 0.97;

interface Measured {
  readonly throughput: number;
  readonly p99: number;
}

function* endless(): Generator<Message> {
  const body = Buffer.alloc(100, 'x');
  for (;;) yield { topic: 'bench', body };
}

async function measure({ programs, progress }: Bench, window: number | 'auto'): Promise<readonly Measured[]> {
  const broker = fork(programs.path('scenarios/paced-broker.js'), { execArgv: [] });
  const [nameServers]: unknown[] = await once(broker, 'message');
  const producer = createProducer({
    nameServers: String(nameServers),
    group: 'bench',
    sendTimeoutMs: 60_000,
    logger: false,
  });
  let latencies: number[] = [];
  const until = new Subject<void>();
  const ended = new Promise<void>((resolve, reject) => {
    fromPull(endless())
      .pipe(toRocketMQ(producer, { window, until }))
      .subscribe({ next: ({ elapsedMs }) => latencies.push(elapsedMs), error: reject, complete: resolve });
  });
  const measured: Measured[] = [];
  for (const pace of PACES) {
    progress.show(`window ${window}, ${pace.capacity} messages/ms`);
    broker.send(pace);
    // A fixed window has nothing to find out, but what is left of the pace before has to be answered.
    await sleep(ADAPTING_MS);
    latencies = [];
    const from = performance.now();
    await sleep(MEASURED_MS);
    const throughput = latencies.length / (performance.now() - from);
    measured.push({ throughput, p99: latencies.toSorted((a, b) => a - b)[Math.floor(latencies.length * 0.99)] ?? 0 });
  }
  until.next();
  await ended;
  await producer.shutdown();
  broker.disconnect();
  progress.done(`window ${window}: done`);
  return measured;
}

function bestOf(all: readonly Measured[]): Measured {
  const most = Math.max(...all.map(({ throughput }) => throughput));
  const [best] = all.filter(({ throughput }) => throughput >= AS_GOOD * most).toSorted((a, b) => a.p99 - b.p99);
  if (best === undefined) throw new Error('no window was measured');
  return best;
}

async function compareWindows(bench: Bench): Promise<readonly Verdict[]> {
  const adaptive = await measure(bench, 'auto');
  const fixed: (readonly Measured[])[] = [];
  for (const window of FIXED) fixed.push(await measure(bench, window));
  bench.progress.clear();

  const verdicts: Verdict[] = [];
  const rows = PACES.map(({ capacity, baseMs }, index) => {
    const measured = fixed.map((phases) => phases[index] ?? { throughput: 0, p99: 0 });
    const best = bestOf(measured);
    const own = adaptive[index] ?? { throughput: 0, p99: 0 };
    const [throughput, p99] = [own.throughput / best.throughput, own.p99 / best.p99];
    verdicts.push({
      holds: throughput >= LEAST_THROUGHPUT && p99 <= MOST_P99,
      says:
        `at ${capacity} messages/ms window 'auto' has ${throughput.toFixed(2)} of the throughput and ` +
        `${p99.toFixed(2)} times the p99 of the best fixed window, ${LEAST_THROUGHPUT} and ${MOST_P99} allowed`,
    });
    const shown = `${best.throughput.toFixed(1)}/ms, p99 ${best.p99.toFixed(0)} ms with ${FIXED[measured.indexOf(best)]}`;
    return [`${capacity}/ms`, `${baseMs} ms`, shown, `× ${throughput.toFixed(2)}`, `× ${p99.toFixed(2)}`];
  });
  console.log(
    `\n${table([['capacity', 'base', 'best fixed window', 'auto: throughput', 'auto: p99'], ...rows])}\n\n` +
      `measured from ${ADAPTING_MS / 1000} s after each change on`,
  );
  return verdicts;
}

export const adaptiveWindow: Scenario = {
  name: 'adaptive-window',
  about: "`window: 'auto'` against fixed windows of 16 to 4096, at a broker whose capacity changes",
  isDefault: false,
  cases: [],
  run: compareWindows,
};
