/** What is checked about the sources without running them. */
import { runQuietly } from './step.mjs';

const CODE = ['src', 'operators', 'test', 'examples'];
const bin = (path) => `node_modules/${path}`;

const checks = [
  ['types', [bin('typescript/bin/tsc'), '-p', '.', '--noEmit']],
  ['lint', [bin('oxlint/bin/oxlint'), '-c', '.ci/oxlint.json', ...CODE]],
  [
    'format',
    [
      bin('prettier/bin/prettier.cjs'),
      '--check',
      '--no-error-on-unmatched-pattern',
      '--log-level',
      'warn',
      ...CODE,
      '.ci',
      'package.json',
      'tsconfig.json',
    ],
  ],
  [
    'structure',
    [bin('dependency-cruiser/bin/dependency-cruise.mjs'), '--config', '.ci/dependencies.cjs', 'src', 'operators'],
  ],
];

/** Runs all of them, whatever fails; the number of passed and failed ones. */
export function runChecks() {
  const results = checks.map(([name, command]) => runQuietly(name, command));
  const passed = results.filter(Boolean).length;
  return { passed, failed: results.length - passed };
}
