/** The tables of clients beside each other, one for each kind of server. */
import { micros, millis, percent, rounded, table } from './figures.js';
import type { BenchRecord, PeerCost, PeerResult } from './record.js';
import { median, summarize } from './statistics.js';

export interface PeerTable {
  readonly against: string;
  readonly text: string;
}

/** Returns one table for each kind of server that clients were compared at. A client that is missing has its reason there. */
export function peerTables({ peers }: Pick<BenchRecord, 'peers'>): readonly PeerTable[] {
  const servers = [...new Set(peers.map(({ against }) => against))];
  return servers.map((against) => {
    const rows = peers.filter((peer) => peer.against === against);
    const head = ['client', 'CPU a message', 'spread', 'messages a second', 'p50', 'p99'];
    return { against, text: table([head, ...rows.map(rowOf)]) };
  });
}

export const medianOfPeer = ({ runs }: PeerResult, figure: (cost: PeerCost) => number): number =>
  median(runs.map(figure));

function rowOf(peer: PeerResult): readonly string[] {
  if (peer.runs.length === 0) return [peer.title, `not measured: ${peer.missing ?? 'no run'}`, '–', '–', '–', '–'];
  const cpu = summarize(peer.runs.map(({ cpuMicros }) => cpuMicros));
  const latency = (quantile: 'p50Ms' | 'p99Ms'): string => {
    const values = peer.runs.flatMap((cost) => cost[quantile] ?? []);
    return millis(values.length === 0 ? undefined : median(values));
  };
  return [
    peer.title,
    micros(cpu.median),
    `± ${percent(cpu.spread)}`,
    rounded(medianOfPeer(peer, ({ perSecond }) => perSecond)),
    latency('p50Ms'),
    latency('p99Ms'),
  ];
}
