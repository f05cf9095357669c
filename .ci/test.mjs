/**
 * `npm test`: the checks, then every test; the suites against real RocketMQ run where Java and Maven are (with CI=true
 * they must run, see test/real). The last line is the true count over all of it: each check and each test is one.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runChecks } from './checks.mjs';
import { root, run } from './step.mjs';

const counts = [
  { skipped: 0, ...runChecks() },
  runJest('unit', []),
  // One after the other: each suite boots a whole cluster.
  runJest('real', ['--runInBand']),
];
const sum = (key) => counts.reduce((total, count) => total + count[key], 0);
const skipped = sum('skipped') === 0 ? '' : `, ${sum('skipped')} skipped`;
console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped}`);
process.exit(sum('failed') === 0 ? 0 : 1);

function runJest(project, options) {
  const report = join(root, `.work/jest-${project}.json`);
  mkdirSync(join(root, '.work'), { recursive: true });
  rmSync(report, { force: true });
  const jest = ['node_modules/jest/bin/jest.js', '--selectProjects', project, '--json', '--outputFile', report];
  const isGreen = run([...jest, ...options]);
  return count(report, isGreen);
}

/** A suite that could not be loaded has no tests to count, and jest may fail without any failed test: each is one. */
function count(report, isGreen) {
  let result;
  try {
    result = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const broken = result.testResults.filter((suite) => suite.status === 'failed' && suite.assertionResults.length === 0);
  const failed = result.numFailedTests + broken.length;
  return {
    passed: result.numPassedTests,
    failed: failed === 0 && !isGreen ? 1 : failed,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}
