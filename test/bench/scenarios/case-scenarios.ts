/** The scenarios that are tables of cases, and a single case as a scenario. */
import { recordPath } from '../bench.js';
import { caseNamed } from '../cases/all-cases.js';
import { type CaseGroup, caseGroups } from '../cases/case-groups.js';
import { timeLimits } from '../limits.js';
import { ratioOf, shortTable } from '../results/case-table.js';
import { type BenchRecord, readRecord } from '../results/record.js';
import { median } from '../results/statistics.js';
import type { Scenario, Verdict } from './scenario.js';

export const caseScenarios: readonly Scenario[] = caseGroups.map(scenarioOf);

/** Returns the scenario that measures one case. */
export const singleCaseScenario = (name: string): Scenario =>
  scenarioOf({ name, heading: caseNamed(name).title, about: '', cases: [name] });

function scenarioOf({ name, heading, about, cases }: CaseGroup): Scenario {
  const compared = timeLimits.filter(({ of }) => cases.includes(of));
  const others = compared.flatMap(({ over }) => (over === 'limit' ? [] : [over]));
  return {
    name,
    about: heading,
    isDefault: true,
    cases: [...others, ...cases],
    run: async (bench) => {
      const record = readRecord(recordPath(bench));
      console.log(`\n${heading}. ${about}\n\n${shortTable(record, cases)}\n`);
      return compared.map((limit) => judge(record, limit));
    },
  };
}

function judge(record: BenchRecord, { of, over, times }: (typeof timeLimits)[number]): Verdict {
  const ratio = over === 'limit' ? ratioToLimit(record, of) : ratioBetween(record, of, over);
  const other = over === 'limit' ? 'the socket limit' : over;
  return { holds: ratio <= times, says: `${of} costs ${ratio.toFixed(2)} times ${other}, at most ${times} allowed` };
}

function ratioToLimit({ cases }: BenchRecord, name: string): number {
  const result = cases[name];
  return result === undefined ? Number.NaN : ratioOf(result);
}

/** The median of the ratios within each round. */
function ratioBetween({ cases }: BenchRecord, of: string, over: string): number {
  const others = cases[over]?.runs ?? [];
  const ratios = (cases[of]?.runs ?? []).map(({ cost }, round) => {
    const other = others[round];
    return other === undefined ? Number.NaN : cost.cpuMicros / other.cost.cpuMicros;
  });
  return median(ratios);
}
