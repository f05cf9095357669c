/**
 * This library beside other clients: each in a process of its own, in rounds, at the same server. A client that cannot be
 * had on this machine, and a server that cannot, is named with the reason; one that fails is a failure.
 */
import { type Bench, recordPath } from '../bench.js';
import { goPeer } from '../peers/go-peer.js';
import { javaPeers } from '../peers/java-peers.js';
import { aliOns, grpcClient } from '../peers/npm-peers.js';
import { ownPeers } from '../peers/own-peers.js';
import type { MeasurePeer, Peer, PeerOrder } from '../peers/peer.js';
import { bootBrokers, bootProxy, type PeerServer, startSinkServer } from '../peers/server.js';
import { peerTables } from '../results/peer-table.js';
import { addToRecord, type PeerCost, type PeerResult } from '../results/record.js';
import type { Scenario, Verdict } from './scenario.js';

interface Comparison {
  /** In place of the title where there is no server. */
  readonly name: string;
  readonly start: (bench: Bench) => Promise<PeerServer>;
  readonly peers: readonly Peer[];
  /** At most so many messages: what real servers store is written to disk. */
  readonly mostMessages: number;
  readonly onlyReal: boolean;
}

const remotingPeers = [...ownPeers, ...javaPeers, aliOns, goPeer];
const comparisons: readonly Comparison[] = [
  {
    name: 'a sink',
    start: startSinkServer,
    peers: remotingPeers,
    mostMessages: Number.POSITIVE_INFINITY,
    onlyReal: false,
  },
  {
    name: 'a 5.5.0 proxy',
    start: bootProxy,
    peers: [...ownPeers.filter(({ name }) => name !== 'batch' && name !== 'send-batch'), grpcClient],
    mostMessages: 50_000,
    onlyReal: false,
  },
  { name: '5.5.0 brokers', start: bootBrokers, peers: remotingPeers, mostMessages: 100_000, onlyReal: true },
];

/** Of the messages that are measured, a part of the same size is sent before. */
const WARM_UP_PART = 0.5;

async function compare(bench: Bench): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const comparison of comparisons.filter(({ onlyReal }) => bench.isReal || !onlyReal)) {
    const peers = await compareAt(bench, comparison, verdicts);
    bench.progress.clear();
    addToRecord(recordPath(bench), { peers });
    for (const { against, text } of peerTables({ peers })) console.log(`\n${against}\n\n${text}\n`);
  }
  return verdicts;
}

async function compareAt(bench: Bench, comparison: Comparison, verdicts: Verdict[]): Promise<readonly PeerResult[]> {
  bench.progress.show(`starting ${comparison.name}`);
  let server: PeerServer;
  try {
    server = await comparison.start(bench);
  } catch (error) {
    return comparison.peers.map((peer) => missing(peer, comparison.name, error));
  }
  try {
    return await measureAll(bench, comparison, server, verdicts);
  } finally {
    await server.stop();
  }
}

async function measureAll(
  bench: Bench,
  { peers, mostMessages }: Comparison,
  server: PeerServer,
  verdicts: Verdict[],
): Promise<readonly PeerResult[]> {
  const against = server.title;
  const results = new Map<Peer, PeerResult>();
  const ready = new Map<Peer, MeasurePeer>();
  for (const peer of peers) {
    bench.progress.show(`preparing ${peer.name}`);
    try {
      ready.set(peer, await peer.prepare(bench));
    } catch (error) {
      results.set(peer, missing(peer, against, error));
    }
  }
  const runs = new Map<Peer, PeerCost[]>([...ready.keys()].map((peer) => [peer, []]));
  for (let round = 1; round <= bench.repeats; round++) {
    for (const [peer, measure] of ready) {
      bench.progress.show(`round ${round}/${bench.repeats}: ${peer.name} at ${against}`);
      const order = orderFor(peer, server, Math.min(peer.messages, mostMessages));
      try {
        const cost = await measure(order);
        runs.get(peer)?.push(cost);
        bench.progress.done(
          `round ${round}/${bench.repeats}: ${peer.name} ${cost.cpuMicros.toFixed(2)} us at ${against}`,
        );
      } catch (error) {
        verdicts.push({ holds: false, says: `${peer.name} at ${against}: ${reasonOf(error)}` });
        ready.delete(peer);
        results.set(peer, missing(peer, against, error));
      }
    }
  }
  for (const peer of ready.keys()) {
    results.set(peer, { ...named(peer, against), runs: runs.get(peer) ?? [] });
    verdicts.push({ holds: true, says: `${peer.name} measured at ${against}` });
  }
  return peers.flatMap((peer) => results.get(peer) ?? []);
}

const orderFor = ({ name }: Peer, { nameServers, grpc = '' }: PeerServer, messages: number): PeerOrder => ({
  address: name === grpcClient.name ? grpc : nameServers,
  messages,
  warmUp: Math.round(messages * WARM_UP_PART),
});

const named = ({ name, title, isOurs }: Peer, against: string): Omit<PeerResult, 'runs'> => ({
  name,
  title,
  isOurs,
  against,
});

const missing = (peer: Peer, against: string, error: unknown): PeerResult => ({
  ...named(peer, against),
  runs: [],
  missing: reasonOf(error),
});

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const compareClients: Scenario = {
  name: 'compare',
  about: 'Beside other clients: Java, Go, ali-ons, gRPC; with --real also at real brokers',
  isDefault: false,
  cases: [],
  run: compare,
};
