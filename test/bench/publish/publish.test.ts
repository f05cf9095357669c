/** The pages and charts say what was recorded, and nothing is lost on the way. */
import { allCases } from '../cases/all-cases.js';
import { caseGroups } from '../cases/case-groups.js';
import type { BenchRecord, CaseRun } from '../results/record.js';
import { renderBarChart } from './bar-chart.js';
import { chartsOf } from './charts.js';
import { replaceSection } from './marked-section.js';
import { chartFile, renderPerformancePage, renderReadmeTable } from './performance-page.js';

const run = (cpuMicros: number): CaseRun => ({
  cost: {
    cpuMicros,
    perSecond: 1e6 / cpuMicros,
    latency: { p50Ms: 0.5, p99Ms: 1.25, p999Ms: 2.5 },
    allocatedBytes: 2143,
    gcMicros: 0.2,
    peakRssBytes: 90 * 1024 * 1024,
    eventLoopDelayP99Ms: 1.5,
  },
  limitMicros: 0.5,
});

/** Each case costs 4.0 us, but for one that costs 2.5. */
const record: BenchRecord = {
  machine: '2 × Example CPU',
  node: 'v20.0.0',
  cases: Object.fromEntries(
    [...allCases.keys()].map((name) => {
      const runs = (name === 'batch' ? [2.4, 2.5, 2.6] : [3.8, 4, 4.4]).map(run);
      return [name, { measuredAt: '2026-12-01T00:00:00.000Z', runs }];
    }),
  ),
  peers: [
    {
      name: 'own',
      title: 'rx-rocketmq, `send()`',
      against: 'a sink',
      isOurs: true,
      runs: [{ cpuMicros: 4, perSecond: 250_000, p50Ms: 1, p99Ms: 2 }],
    },
    {
      name: 'other',
      title: 'Other 1.0',
      against: 'a sink',
      isOurs: false,
      runs: [],
      missing: 'no such tool-chain',
    },
  ],
};

test('the page has a row for every case, with the median, the spread and the ratio to the limit of its round', () => {
  const page = renderPerformancePage(record);
  const rows = page.split('\n').filter((line) => line.startsWith('| '));
  for (const { cases } of caseGroups) {
    for (const name of cases) expect(rows.some((row) => row.startsWith(`| ${allCases.get(name)?.title} |`))).toBe(true);
  }
  expect(page).toContain(
    '| `toRocketMQ`, `batch: true` | 2.50 us | ± 4 % | 5.0 | 400 000 | 0.50 ms | 1.25 ms | 2.50 ms | 2 140 B | 0.20 us | 90 MiB | 1.50 ms |',
  );
});

test('every case is in some table', () => {
  const shown = new Set(caseGroups.flatMap(({ cases }) => cases));
  expect([...allCases.keys()].filter((name) => !shown.has(name))).toEqual([]);
});

test('the page says on what it was measured, and shows each chart that is written', () => {
  const page = renderPerformancePage(record);
  expect(page).toContain('Measured on 2026-12-01 with Node v20.0.0 on 2 × Example CPU; medians of 3 rounds.');
  const shown = [...page.matchAll(/!\[[^\]]*\]\(([^)]*)\)/g)].map(([, file = '']) => file);
  expect(shown.toSorted()).toEqual([...chartsOf(record).keys()].toSorted());
});

test('a client that was not measured has its reason in the table', () => {
  expect(renderPerformancePage(record)).toContain('| Other 1.0 | not measured: no such tool-chain | – | – | – | – |');
});

test('the table of the README replaces the one before, and nothing else', () => {
  const page = 'before\n\n<!-- bench -->\n\nold\n\n<!-- /bench -->\n\nbehind\n';
  const replaced = replaceSection(page, 'bench', renderReadmeTable(record));
  expect(replaced).toMatch(/^before\n\n<!-- bench -->\n\n\| client .*\n\n<!-- \/bench -->\n\nbehind\n$/s);
  expect(replaced).toContain('| `toRocketMQ` | 4.00 us | 8.0 | 250 000 |');
  expect(replaceSection(replaced, 'bench', renderReadmeTable(record))).toBe(replaced);
});

test('a page without the markers is not touched', () => {
  expect(() => replaceSection('no markers', 'bench', 'table')).toThrow('the page has no <!-- bench -->');
});

test('a chart is an SVG with every bar, and always the same', async () => {
  const chart = chartsOf(record).get(chartFile('ways'));
  if (chart === undefined) throw new Error('no chart of the ways');
  const svg = await renderBarChart(chart);
  expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  for (const { label, shown } of chart.bars) {
    expect(svg).toContain(label.replaceAll("'", '&#39;'));
    expect(svg).toContain(shown);
  }
  expect(await renderBarChart(chart)).toBe(svg);
});
