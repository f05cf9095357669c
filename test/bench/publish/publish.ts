/** Writes the pages and charts from the recorded results, without measuring anything. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bench, recordPath } from '../bench.js';
import { allCases } from '../cases/all-cases.js';
import { readRecord } from '../results/record.js';
import type { Scenario, Verdict } from '../scenarios/scenario.js';
import { renderBarChart } from './bar-chart.js';
import { chartsOf } from './charts.js';
import { replaceSection } from './marked-section.js';
import { renderPerformancePage, renderReadmeTable } from './performance-page.js';

async function writeAll(bench: Bench): Promise<readonly Verdict[]> {
  const record = readRecord(recordPath(bench));
  const missing = [...allCases.keys()].filter((name) => record.cases[name] === undefined);
  if (missing.length > 0) {
    return [
      { holds: false, says: `nothing is written: ${missing.join(', ')} were not measured here; npm run bench does` },
    ];
  }
  const [readme, docs] = [join(bench.root, 'README.md'), join(bench.root, 'docs')];
  writeFileSync(readme, replaceSection(readFileSync(readme, 'utf8'), 'bench', renderReadmeTable(record)));
  writeFileSync(join(docs, 'performance.md'), renderPerformancePage(record));
  const charts = chartsOf(record);
  for (const [file, chart] of charts) writeFileSync(join(docs, file), await renderBarChart(chart));
  return [{ holds: true, says: `README.md, docs/performance.md and ${charts.size} charts are written` }];
}

export const publish: Scenario = {
  name: 'publish',
  about: 'Writes README.md, docs/performance.md and its charts from what was measured last',
  isDefault: false,
  cases: [],
  run: writeAll,
};
