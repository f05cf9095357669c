/** Runs the tests of one jest project and counts them truthfully. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './step.mjs';

/** Runs one jest project; the numbers of its passed, failed and skipped tests, and how many seconds it took. */
export function runJest(project, options, env = {}) {
  const report = join(root, `.work/jest-${project}.json`);
  mkdirSync(join(root, '.work'), { recursive: true });
  rmSync(report, { force: true });
  const order = ['--testSequencer', join(root, '.ci/longest-first.mjs')];
  const jest = [
    'node_modules/jest/bin/jest.js',
    '--selectProjects',
    project,
    ...order,
    '--json',
    '--outputFile',
    report,
  ];
  const startedAt = performance.now();
  const isGreen = run([...jest, ...options], env);
  return { ...count(report, isGreen), seconds: Math.round((performance.now() - startedAt) / 1000) };
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
