/** `npm run check`. */
import { runChecks } from './checks.mjs';
import './mirror.mjs';

const { passed, failed } = runChecks();
console.log(`check: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
