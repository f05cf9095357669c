/** The arguments of `npm run bench`, and what `--help` says of them. */
import { parseArgs } from 'node:util';
import { allCases } from './cases/all-cases.js';
import { singleCaseScenario } from './scenarios/case-scenarios.js';
import type { Scenario } from './scenarios/scenario.js';

export interface Arguments {
  readonly scenarios: readonly Scenario[];
  readonly repeats: number;
  readonly isReal: boolean;
  readonly wantsHelp: boolean;
}

const MOST_REPEATS = 101;
const REPEATS = 5;

/** Reads them. Throws what the caller should be told: an unknown option or name, or a wrong number. */
export function readArguments(args: readonly string[], known: readonly Scenario[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      repeats: { type: 'string', default: String(REPEATS) },
      real: { type: 'boolean', default: false },
    },
  });
  const repeats = Number(values.repeats);
  if (!Number.isInteger(repeats) || repeats < 1 || repeats > MOST_REPEATS) {
    throw new Error(`--repeats must be a whole number from 1 to ${MOST_REPEATS}, not ${values.repeats}`);
  }
  const named = [...new Set(positionals)].map((name) => scenarioNamed(name, known));
  const scenarios = named.length === 0 ? known.filter(({ isDefault }) => isDefault) : named;
  if (values.real && !scenarios.some(({ name }) => name === 'compare')) {
    throw new Error('--real is for compare: npm run bench -- compare --real');
  }
  return { scenarios, repeats, isReal: values.real, wantsHelp: values.help };
}

function scenarioNamed(name: string, known: readonly Scenario[]): Scenario {
  const scenario = known.find((one) => one.name === name);
  if (scenario !== undefined) return scenario;
  if (allCases.has(name)) return singleCaseScenario(name);
  throw new Error(`there is no scenario or case ${name}; npm run bench -- --help lists them`);
}

/** Returns the text of `--help`. */
export function helpText(known: readonly Scenario[]): string {
  const scenarios = known.map(({ name, about, isDefault }) => `  ${name.padEnd(18)}${about}${isDefault ? ' *' : ''}`);
  const cases = [...allCases.values()].map(({ name, title }) => `  ${name.padEnd(18)}${title.replaceAll('`', '')}`);
  return [
    'npm run bench [-- NAME… --repeats N]    measures; without names what has a *',
    'npm run bench -- compare [--real]       other clients in the same run; with --real also at real brokers',
    'npm run bench -- publish                writes README.md, docs/performance.md and its charts from what was measured',
    '',
    'Scenarios:',
    ...scenarios,
    '',
    'Cases, each of which can be named too:',
    ...cases,
  ].join('\n');
}
