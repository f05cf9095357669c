/**
 * The page of the conformance table against what the suites have just seen: what ran before does not count. The page
 * itself is test/docs/conformance.test.ts's.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './step.mjs';

/** Before the suites: forgets what earlier runs saw. */
export const forgetObservations = () => rmSync(join(root, '.work/conformance'), { recursive: true, force: true });

/** After the suites of these targets ('embedded', 'real'): is the page theirs? Counts as one test. */
export function checkObserved(targets) {
  const jest = ['node_modules/jest/bin/jest.js', '--silent', 'test/docs/conformance.test.ts'];
  const isGreen = run(jest, { OBSERVED: targets.join(','), DOCS: '' });
  if (!isGreen) console.log('docs/conformance.md is not what this run has seen; `npm run docs` writes it from the run');
  return { passed: isGreen ? 1 : 0, failed: isGreen ? 0 : 1, skipped: 0 };
}
