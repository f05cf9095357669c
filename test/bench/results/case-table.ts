/** The tables of cases: all figures for docs/performance.md, a few for README.md and the terminal. */
import { caseNamed } from '../cases/all-cases.js';
import { mebibytes, micros, millis, percent, rounded, table } from './figures.js';
import type { BenchRecord, CaseResult, CaseRun } from './record.js';
import { median, summarize } from './statistics.js';

type Row = readonly string[];

const medianOf = ({ runs }: CaseResult, figure: (run: CaseRun) => number): number => median(runs.map(figure));

/** The median ratio of a case to the socket limit of the same round. */
export const ratioOf = (result: CaseResult): number =>
  medianOf(result, ({ cost, limitMicros }) => cost.cpuMicros / limitMicros);

/** Returns a table of what messages cost, with those of the cases that were measured. */
export const shortTable = (record: BenchRecord, names: readonly string[]): string =>
  table([['client', 'CPU a message', 'times the limit', 'messages a second'], ...rowsOf(record, names, shortRow)]);

/** Returns a table with everything that is measured. */
export const fullTable = (record: BenchRecord, names: readonly string[]): string =>
  table([
    [
      'client',
      'CPU a message',
      'spread',
      'times the limit',
      'messages a second',
      'p50',
      'p99',
      'p99.9',
      'allocated a message',
      'GC a message',
      'peak RSS',
      'event loop late, p99',
    ],
    ...rowsOf(record, names, fullRow),
  ]);

function rowsOf(
  { cases }: BenchRecord,
  names: readonly string[],
  row: (result: CaseResult, title: string) => Row,
): readonly Row[] {
  return names.flatMap((name) => {
    const result = cases[name];
    return result === undefined ? [] : [row(result, caseNamed(name).title)];
  });
}

const shortRow = (result: CaseResult, title: string): Row => [
  title,
  micros(medianOf(result, ({ cost }) => cost.cpuMicros)),
  ratioOf(result).toFixed(1),
  rounded(medianOf(result, ({ cost }) => cost.perSecond)),
];

function fullRow(result: CaseResult, title: string): Row {
  const cpu = summarize(result.runs.map(({ cost }) => cost.cpuMicros));
  const latency = (quantile: 'p50Ms' | 'p99Ms' | 'p999Ms'): string => {
    const values = result.runs.flatMap(({ cost }) => (cost.latency === undefined ? [] : [cost.latency[quantile]]));
    return millis(values.length === 0 ? undefined : median(values));
  };
  return [
    title,
    micros(cpu.median),
    `± ${percent(cpu.spread)}`,
    ratioOf(result).toFixed(1),
    rounded(medianOf(result, ({ cost }) => cost.perSecond)),
    latency('p50Ms'),
    latency('p99Ms'),
    latency('p999Ms'),
    `${rounded(medianOf(result, ({ cost }) => cost.allocatedBytes))} B`,
    micros(medianOf(result, ({ cost }) => cost.gcMicros)),
    mebibytes(medianOf(result, ({ cost }) => cost.peakRssBytes)),
    millis(medianOf(result, ({ cost }) => cost.eventLoopDelayP99Ms)),
  ];
}
