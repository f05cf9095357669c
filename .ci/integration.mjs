/**
 * `npm run test:integration`: the suites against real RocketMQ alone, required unless RMQ_REAL says otherwise: who asks
 * for nothing else is not served by a notice that they were skipped.
 */
import { checkObserved, forgetObservations } from './conformance.mjs';
import { runJest } from './run-jest.mjs';

const RMQ_REAL = process.env.RMQ_REAL ?? 'required';

forgetObservations();
const { passed, failed, skipped, seconds } = runJest('real', ['--maxWorkers=2'], { RMQ_REAL });
const table = checkObserved(skipped === 0 ? ['real'] : []);
const total = `${passed + table.passed} passed, ${failed + table.failed} failed`;
console.log(`integration: ${total}${skipped === 0 ? '' : `, ${skipped} skipped`}, real brokers for ${seconds} s`);
process.exit(failed + table.failed === 0 ? 0 : 1);
