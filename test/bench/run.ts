/**
 * `npm run bench`: measures what it is asked for, prints tables, and ends with one line that sums it up. It fails where a
 * limit does not hold or something could not be measured.
 */
import { join } from 'node:path';
import { type Arguments, helpText, readArguments } from './arguments.js';
import type { Bench } from './bench.js';
import { measureCases } from './cases/measure-cases.js';
import { Programs } from './programs.js';
import { ProgressLine } from './progress-line.js';
import { allScenarios } from './scenarios/all-scenarios.js';

/** Of the repository; programs are compiled to .work/programs. */
const root = join(import.meta.dirname, '../../../..');

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function run({ scenarios, repeats, isReal }: Arguments): Promise<number> {
  const startedAt = performance.now();
  const bench: Bench = {
    root,
    repeats,
    isReal,
    programs: new Programs(import.meta.dirname),
    progress: new ProgressLine(),
  };
  let passed = 0;
  let failed = 0;
  try {
    await measureCases(
      bench,
      scenarios.flatMap(({ cases }) => cases),
    );
    for (const scenario of scenarios) {
      for (const { holds, says } of await scenario.run(bench)) {
        console.log(`${holds ? 'ok    ' : 'FAILED'} ${says}`);
        if (holds) passed++;
        else failed++;
      }
    }
  } catch (error) {
    bench.progress.clear();
    console.log(`FAILED ${messageOf(error)}`);
    failed++;
  }
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  console.log(`bench: ${passed} passed, ${failed} failed (${repeats} repeats, ${seconds} s)`);
  return failed === 0 ? 0 : 1;
}

try {
  const given = readArguments(process.argv.slice(2), allScenarios);
  if (given.wantsHelp) console.log(helpText(allScenarios));
  else process.exitCode = await run(given);
} catch (error) {
  console.log(`bench: ${messageOf(error)}`);
  process.exitCode = 1;
}
