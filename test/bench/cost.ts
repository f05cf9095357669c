/**
 * What a message costs, as a ratio to what Node's sockets alone cost in the same run. Each program runs
 * in a process of its own against the same sink, in turns, and medians are compared: machines are noisy, ratios less so.
 */
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { startSink } from './start-sink.js';
import { BODY_BYTES, MESSAGES, WINDOW } from './workload.js';

const ROUNDS = 5;

interface Result {
  readonly cpuMicros: number;
  readonly perSecond: number;
}

interface Program {
  readonly name: string;
  readonly file: string;
  readonly scenario?: string;
  /** What the design asks for today, in CPU of the socket limit; beyond it the command fails. */
  readonly most: number;
}

/** The first is the limit. */
const programs: readonly Program[] = [
  { name: 'Node sockets alone', file: 'socket-limit.js', most: 1 },
  { name: 'toRocketMQ', file: 'to-rocketmq.js', most: 8.5 },
  { name: 'toRocketMQ, batch: true', file: 'to-rocketmq.js', scenario: 'batch', most: 6 },
];

function run({ file, scenario = '' }: Program, port: string): Result {
  const result: Result = JSON.parse(
    execFileSync(process.execPath, [join(import.meta.dirname, file), port, scenario], { encoding: 'utf8' }),
  );
  return result;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Whether a message costs no more than the design asks for. */
export async function measureCost(): Promise<boolean> {
  const sink = await startSink();

  const results = new Map<Program, Result[]>();
  for (let round = 1; round <= ROUNDS; round++) {
    for (const program of programs) {
      const result = run(program, sink.port);
      results.set(program, [...(results.get(program) ?? []), result]);
      process.stderr.write(`round ${round}/${ROUNDS}: ${program.name} ${result.cpuMicros.toFixed(2)} us\n`);
    }
  }
  sink.stop();

  const summary = [...results].map(([{ name, most }, all]) => ({
    name,
    most,
    cpuMicros: median(all.map((result) => result.cpuMicros)),
    perSecond: median(all.map((result) => result.perSecond)),
  }));
  const limit = summary[0]?.cpuMicros ?? Number.NaN;

  console.log(
    `${MESSAGES} messages of ${BODY_BYTES} bytes, ${WINDOW} in flight, answers in JSON; median of ${ROUNDS} runs; ` +
      `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}\n`,
  );
  console.log('| client | CPU a message | times the limit | messages a second |\n|---|---|---|---|');
  for (const { name, cpuMicros, perSecond } of summary) {
    const ratio = (cpuMicros / limit).toFixed(1);
    console.log(`| ${name} | ${cpuMicros.toFixed(2)} us | ${ratio} | ${Math.round(perSecond / 1000)} 000 |`);
  }

  console.log();
  for (const { name, cpuMicros, most } of summary.slice(1)) {
    const ratio = (cpuMicros / limit).toFixed(1);
    console.log(`bench: ${name} costs ${ratio} times the socket limit, at most ${most} allowed`);
  }
  return summary.every(({ cpuMicros, most }) => cpuMicros <= most * limit);
}
