/** The charts that are made of a record, by the names of their files. */
import { allCases } from '../cases/all-cases.js';
import { caseGroups } from '../cases/case-groups.js';
import { micros } from '../results/figures.js';
import { medianOfPeer } from '../results/peer-table.js';
import type { BenchRecord } from '../results/record.js';
import { median } from '../results/statistics.js';
import type { BarChart } from './bar-chart.js';
import { chartFile, slug } from './performance-page.js';

const UNIT = 'CPU time a message, us';

/** Returns all charts of the record. */
export function chartsOf(record: BenchRecord): ReadonlyMap<string, BarChart> {
  const ofCases = caseGroups.map(
    ({ name, heading, cases }) => [chartFile(name), caseChart(record, heading, cases)] as const,
  );
  const servers = [...new Set(record.peers.map(({ against }) => against))];
  const ofPeers = servers.map((against) => [chartFile(`peers-${slug(against)}`), peerChart(record, against)] as const);
  return new Map([...ofCases, ...ofPeers]);
}

function caseChart({ cases }: BenchRecord, title: string, names: readonly string[]): BarChart {
  const bars = names.flatMap((name) => {
    const [measured, result] = [allCases.get(name), cases[name]];
    if (measured === undefined || result === undefined) return [];
    const value = median(result.runs.map(({ cost }) => cost.cpuMicros));
    const label = measured.title.replaceAll('`', '');
    return [{ label, value, shown: micros(value), isReference: measured.way === 'sockets' }];
  });
  return { title, unit: UNIT, bars };
}

function peerChart({ peers }: BenchRecord, against: string): BarChart {
  const bars = peers
    .filter((peer) => peer.against === against && peer.runs.length > 0)
    .map((peer) => {
      const value = medianOfPeer(peer, ({ cpuMicros }) => cpuMicros);
      const label = peer.title.replaceAll('`', '');
      return { label, value, shown: micros(value), isReference: !peer.isOurs };
    });
  return { title: `Beside other clients: ${against}`, unit: UNIT, bars };
}
