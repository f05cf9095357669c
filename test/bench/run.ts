/**
 * `npm run bench [-- <scenario>]`: the measurements, each with one line that sums it up and an honest exit code. Without
 * a name: what a message costs.
 */
import { compareBackpressure } from './backpressure.js';
import { measureCost } from './cost.js';
import { measureOrder } from './ordered.js';
import { compareWindows } from './window.js';

const scenarios: Readonly<Record<string, () => Promise<boolean>>> = {
  cost: measureCost,
  backpressure: compareBackpressure,
  ordered: measureOrder,
  window: compareWindows,
};

const name = process.argv[2] ?? 'cost';
const scenario = scenarios[name];
if (scenario === undefined) {
  console.log(`bench: there is no scenario ${name}; there are ${Object.keys(scenarios).join(', ')}`);
  process.exitCode = 1;
} else {
  process.exitCode = (await scenario()) ? 0 : 1;
}
