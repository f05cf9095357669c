/**
 * One source of a million rows and one slow broker, three ways between them. Each runs in a process of its own; what it
 * holds in memory and how far it reads ahead is told while it runs. Judged is only what is promised: that `toRocketMQ`
 * reads no further than its window.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Bench } from '../bench.js';
import { mebibytes, table } from '../results/figures.js';
import { ANSWERS_PER_SECOND, LIMIT_S, ROWS, type Sample, WINDOW } from './backpressure-workload.js';
import type { Scenario, Verdict } from './scenario.js';

const ways = {
  'mergeMap(send, 256)': 'merge-map',
  'Node stream': 'node-stream',
  'fromPull → toRocketMQ': 'to-rocketmq',
} as const;

const COLUMNS = 60;
const BARS = ' ▁▂▃▄▅▆▇█';

async function runWay({ programs, progress }: Bench, way: string): Promise<readonly Sample[]> {
  const sink = await programs.startSink({ brokers: 1, answers: 'json', answersPerSecond: ANSWERS_PER_SECOND });
  const program = programs.path('scenarios/backpressure-program.js');
  const child = spawn(process.execPath, ['--max-old-space-size=4096', program, way, sink.nameServers], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const samples: Sample[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const sample: Sample = JSON.parse(line);
    samples.push(sample);
    progress.show(`${way}: ${sample.atS.toFixed(0)} s, ${sample.settled} of ${sample.read} rows sent`);
  });
  await once(child, 'close');
  progress.done(`${way}: done`);
  sink.stop();
  return samples;
}

const most = (samples: readonly Sample[], value: (sample: Sample) => number): number =>
  samples.reduce((peak, sample) => Math.max(peak, value(sample)), 0);

/** A value over time, as a row of bars; all rows share one scale. */
function plot(samples: readonly Sample[], value: (sample: Sample) => number, scale: number): string {
  const peaks = Array<number>(COLUMNS).fill(0);
  for (const sample of samples) {
    const column = Math.min(COLUMNS - 1, Math.floor((sample.atS / LIMIT_S) * COLUMNS));
    peaks[column] = Math.max(peaks[column] ?? 0, value(sample));
  }
  return peaks.map((peak) => BARS[Math.ceil((peak / scale) * (BARS.length - 1))] ?? ' ').join('');
}

async function compareWays(bench: Bench): Promise<readonly Verdict[]> {
  const results: [name: string, samples: readonly Sample[]][] = [];
  for (const [name, way] of Object.entries(ways)) results.push([name, await runWay(bench, way)]);
  bench.progress.clear();

  console.log(
    `\n${ROWS} rows, a broker that answers ${ANSWERS_PER_SECOND} a second, ${WINDOW} in flight, ` +
      `at most ${LIMIT_S} s each\n`,
  );
  const rows = results.map(([name, samples]) => {
    const { read = 0, sent = 0, failed = 0, settled = 0 } = samples.at(-1) ?? {};
    const heap = mebibytes(most(samples, ({ heapBytes }) => heapBytes));
    const ahead = most(samples, (sample) => sample.readAhead);
    return [name, heap, ...[ahead, sent, failed, read - settled].map(String)];
  });
  console.log(
    table([['way', 'peak heap', 'rows read ahead, at most', 'sent', 'failed', 'read, without an outcome'], ...rows]),
  );
  const heapScale = Math.max(...results.map(([, samples]) => most(samples, ({ heapBytes }) => heapBytes)));
  console.log(`\nheap over ${LIMIT_S} s, up to ${mebibytes(heapScale)}:\n`);
  for (const [name, samples] of results) {
    console.log(`${name.padStart(22)} |${plot(samples, ({ heapBytes }) => heapBytes, heapScale)}|`);
  }
  console.log();

  const ours = results.at(-1)?.[1] ?? [];
  const ahead = most(ours, (sample) => sample.readAhead);
  return [
    {
      holds: ours.length > 0 && ahead <= WINDOW + 1,
      says: `toRocketMQ read at most ${ahead} rows ahead, ${WINDOW} and one allowed`,
    },
  ];
}

export const backpressure: Scenario = {
  name: 'backpressure',
  about: 'A million rows to a slow broker in three ways: how far each reads ahead, and its memory',
  isDefault: false,
  cases: [],
  run: compareWays,
};
