/** Has a case measured by a process of its own. */
import type { Calls } from '../meters/call-meter.js';
import type { Cost } from '../meters/cost.js';
import { lastLineOf, type Programs } from '../programs.js';
import type { Case } from './case.js';

/** What the process is told. */
export interface CaseOrder {
  readonly measured: Case;
  readonly nameServers: string;
  /** `cost` costs a message nothing; `calls` slows it down much, and counts. */
  readonly instrument: 'cost' | 'calls';
}

/** Returns what a message of the case costs. */
export const measureCost = (programs: Programs, measured: Case, nameServers: string): Promise<Cost> =>
  measure(programs, { measured, nameServers, instrument: 'cost' });

/** Returns what a message of the case enters. */
export const measureCalls = (programs: Programs, measured: Case, nameServers: string): Promise<Calls> =>
  measure(programs, { measured, nameServers, instrument: 'calls' });

async function measure<Figures>(programs: Programs, order: CaseOrder): Promise<Figures> {
  return lastLineOf(await programs.run('cases/case-program.js', [JSON.stringify(order)]));
}
