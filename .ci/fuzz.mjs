/**
 * `npm run test:fuzz`: every property of the unit tests with many more random values than in `npm test` (there 100).
 * FUZZ_RUNS says how many, but for the few that state a number of their own, because one run of them is large; what
 * fails prints its seed and the smallest failing value.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './step.mjs';

const FUZZ_RUNS = process.env.FUZZ_RUNS ?? '10000';
const TEN_MINUTES = '--testTimeout=600000';

const files = readdirSync(join(root, 'test'), { recursive: true })
  .map((name) => join('test', name))
  .filter((name) => name.endsWith('.test.ts') && !name.startsWith(join('test', 'real')))
  .filter((name) => readFileSync(join(root, name), 'utf8').includes("from 'fast-check'"));
const jest = ['node_modules/jest/bin/jest.js', '--selectProjects', 'unit', '--runTestsByPath', ...files, TEN_MINUTES];
const isGreen = files.length > 0 && run(jest, { FUZZ_RUNS });
console.log(`fuzz: ${isGreen ? 'passed' : 'FAILED'}, ${files.length} files, ${FUZZ_RUNS} runs of a property`);
process.exit(isGreen ? 0 : 1);
