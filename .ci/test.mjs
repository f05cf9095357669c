/**
 * `npm test`: the checks, then every test; the suites against real RocketMQ run where Java and Maven are (with CI=true
 * they must run, see test/real). The last line is the true count over all of it: each check and each test is one.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { runChecks } from './checks.mjs';
import { checkObserved, forgetObservations } from './conformance.mjs';
import { runJest } from './run-jest.mjs';
import { root } from './step.mjs';

forgetObservations();
// Meanwhile, because on a machine that has none of them yet they take minutes. Its report is that of the suites.
const artifacts = once(spawn(process.execPath, ['.ci/artifacts.mjs'], { cwd: root, stdio: 'inherit' }), 'close');
const checks = { skipped: 0, ...runChecks() };
// Several at a time also on few cores: the longest of them wait for time to pass.
const unit = runJest('unit', ['--maxWorkers=4']);
await artifacts;
// Two clusters at a time: each spends half its time waiting.
const real = runJest('real', ['--maxWorkers=2']);
console.log(`real brokers: ${real.seconds} s`);
const counts = [checks, unit, real, checkObserved(real.skipped === 0 ? ['embedded', 'real'] : ['embedded'])];
const sum = (key) => counts.reduce((total, count) => total + count[key], 0);
const skipped = sum('skipped') === 0 ? '' : `, ${sum('skipped')} skipped`;
console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped}`);
process.exit(sum('failed') === 0 ? 0 : 1);
