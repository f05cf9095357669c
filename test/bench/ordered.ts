/**
 * `npm run bench -- ordered`: what order by key costs, with 10 000 keys at once, as a ratio to the same messages without
 * order in the same run.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { startSink } from './start-sink.js';

const ROUNDS = 5;
const MOST = 1.3;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Whether order costs no more than it may. */
export async function measureOrder(): Promise<boolean> {
  const sink = await startSink();
  const cpuMicros = (way: string): number => {
    const program = join(import.meta.dirname, 'ordered-program.js');
    const result: { readonly cpuMicros: number } = JSON.parse(
      execFileSync(process.execPath, [program, sink.port, way], { encoding: 'utf8' }),
    );
    return result.cpuMicros;
  };
  const rounds = Array.from({ length: ROUNDS }, (_, round) => {
    const unordered = cpuMicros('unordered');
    const ordered = cpuMicros('ordered');
    process.stderr.write(
      `round ${round + 1}/${ROUNDS}: ${unordered.toFixed(2)} us, ${ordered.toFixed(2)} us ordered\n`,
    );
    return { unordered, ordered };
  });
  sink.stop();

  const unordered = median(rounds.map((round) => round.unordered));
  const ordered = median(rounds.map((round) => round.ordered));
  const ratio = median(rounds.map((round) => round.ordered / round.unordered));
  console.log('| 10 000 keys in flight | CPU a message |\n|---|---|');
  console.log(`| unordered | ${unordered.toFixed(2)} us |\n| ordered | ${ordered.toFixed(2)} us |`);
  console.log(`\nbench: order costs ${ratio.toFixed(2)} times as much, at most ${MOST} allowed`);
  return ratio <= MOST;
}
