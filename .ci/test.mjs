/**
 * `npm test`: the checks, then every test; the suites against real RocketMQ run where Java and Maven are (with CI=true
 * they must run, see test/real). The last line is the true count over all of it: each check and each test is one.
 */
import { runChecks } from './checks.mjs';
import { checkObserved, forgetObservations } from './conformance.mjs';
import { runJest } from './run-jest.mjs';

forgetObservations();
const checks = { skipped: 0, ...runChecks() };
// At least two at a time: some wait for time to pass, on machines with few cores too.
const unit = runJest('unit', ['--maxWorkers=2']);
// One after the other: each suite boots a whole cluster.
const real = runJest('real', ['--runInBand']);
console.log(`real brokers: ${real.seconds} s`);
const counts = [checks, unit, real, checkObserved(real.skipped === 0 ? ['embedded', 'real'] : ['embedded'])];
const sum = (key) => counts.reduce((total, count) => total + count[key], 0);
const skipped = sum('skipped') === 0 ? '' : `, ${sum('skipped')} skipped`;
console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped}`);
process.exit(sum('failed') === 0 ? 0 : 1);
