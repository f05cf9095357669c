/**
 * Measures one case, in a process of its own: `case-program.js <order in JSON>`. Prints its figures as one line of JSON.
 */
import { CallMeter } from '../meters/call-meter.js';
import { CostMeter } from '../meters/cost-meter.js';
import { allWays } from '../ways/all-ways.js';
import { MessageSource } from '../ways/message-source.js';
import type { CaseOrder } from './measure-case.js';

const { measured, nameServers, instrument }: CaseOrder = JSON.parse(process.argv[2] ?? '');
const meter = instrument === 'calls' ? new CallMeter(measured) : new CostMeter(measured);
const source = new MessageSource(measured);
let settledCount = 0;

await allWays[measured.way]({
  measured,
  nameServers,
  source,
  settled: (sentAt) => {
    settledCount++;
    meter.settled(sentAt);
  },
});
if (settledCount !== source.total) throw new Error(`${settledCount} of ${source.total} messages were settled`);
process.stdout.write(`${JSON.stringify(meter.figures())}\n`);
