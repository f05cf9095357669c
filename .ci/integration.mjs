/**
 * `npm run test:integration`: the suites against real RocketMQ alone, required unless RMQ_REAL says otherwise: who asks
 * for nothing else is not served by a notice that they were skipped.
 */
import { runJest } from './run-jest.mjs';

const RMQ_REAL = process.env.RMQ_REAL ?? 'required';

const { passed, failed, skipped } = runJest('real', ['--runInBand'], { RMQ_REAL });
console.log(`integration: ${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`);
process.exit(failed === 0 ? 0 : 1);
