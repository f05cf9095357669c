/**
 * `npm run bench -- backpressure`: one source of a million rows and one slow broker, three ways between them. Each runs in
 * a process of its own; what it holds in memory and how far it reads ahead is told while it runs. Judged is only what is
 * promised: that `toRocketMQ` reads no further than its window.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ANSWERS_PER_SECOND, LIMIT_S, ROWS, type Sample, WINDOW } from './backpressure-workload.js';
import { startSink } from './start-sink.js';

const ways = {
  'mergeMap(send, 256)': 'merge-map',
  'Node stream': 'node-stream',
  'fromPull → toRocketMQ': 'to-rocketmq',
} as const;

const COLUMNS = 60;
const MIB = 1024 * 1024;
const BARS = ' ▁▂▃▄▅▆▇█';

async function run(way: string): Promise<readonly Sample[]> {
  const sink = await startSink(ANSWERS_PER_SECOND);
  const program = join(import.meta.dirname, 'backpressure-program.js');
  const child = spawn(process.execPath, ['--max-old-space-size=4096', program, way, sink.port], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const samples: Sample[] = [];
  const isWatched = process.stderr.isTTY;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const sample: Sample = JSON.parse(line);
    samples.push(sample);
    const progress = `${way}: ${sample.atS.toFixed(0)} s, ${sample.settled} of ${sample.read} rows sent   `;
    if (isWatched) process.stderr.write(`\r${progress}`);
  });
  await once(child, 'close');
  process.stderr.write(isWatched ? '\n' : `${way}: done\n`);
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

/** Whether `toRocketMQ` read no further ahead than its window, and sent everything that the broker had time for. */
export async function compareBackpressure(): Promise<boolean> {
  const results: [name: string, samples: readonly Sample[]][] = [];
  for (const [name, way] of Object.entries(ways)) results.push([name, await run(way)]);

  console.log(
    `${ROWS} rows, a broker that answers ${ANSWERS_PER_SECOND} a second, ${WINDOW} in flight, ` +
      `at most ${LIMIT_S} s each; Node ${process.version}\n`,
  );
  console.log(
    '| way | peak heap | rows read ahead, at most | sent | failed | read, without an outcome |\n|---|---|---|---|---|---|',
  );
  for (const [name, samples] of results) {
    const { read = 0, sent = 0, failed = 0, settled = 0 } = samples.at(-1) ?? {};
    const heap = Math.round(most(samples, ({ heapBytes }) => heapBytes) / MIB);
    const ahead = most(samples, (sample) => sample.readAhead);
    console.log(`| ${name} | ${heap} MiB | ${ahead} | ${sent} | ${failed} | ${read - settled} |`);
  }
  const heapScale = Math.max(...results.map(([, samples]) => most(samples, ({ heapBytes }) => heapBytes)));
  console.log(`\nheap over ${LIMIT_S} s, up to ${Math.round(heapScale / MIB)} MiB:\n`);
  for (const [name, samples] of results) {
    console.log(`${name.padStart(22)} |${plot(samples, ({ heapBytes }) => heapBytes, heapScale)}|`);
  }

  const ours = results.at(-1)?.[1] ?? [];
  const ahead = most(ours, (sample) => sample.readAhead);
  const isBounded = ours.length > 0 && ahead <= WINDOW + 1;
  console.log(`\nbench: toRocketMQ read at most ${ahead} rows ahead, ${WINDOW} and one allowed`);
  return isBounded;
}
