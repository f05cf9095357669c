/** The servers that clients are compared at. */
import { join } from 'node:path';
import { findArtifacts } from '../../real/artifacts.js';
import { bootCluster } from '../../real/cluster.js';
import { freePort } from '../../real/free-ports.js';
import type { Bench } from '../bench.js';
import { runCommand } from '../programs.js';
import { TOPIC } from './peer.js';

export interface PeerServer {
  /** As a heading. */
  readonly title: string;
  /** Where clients of the remoting protocol go. */
  readonly nameServers: string;
  /** Where clients of the gRPC protocol go, if anywhere. */
  readonly grpc?: string;
  stop(): Promise<void>;
}

const VERSION = '5.5.0';
const QUEUES = 8;

/** Starts the sink: what is measured there is the client alone. */
export async function startSinkServer({ programs }: Bench): Promise<PeerServer> {
  const sink = await programs.startSink({ brokers: 1, answers: 'json' });
  return {
    title: 'a sink that answers at once',
    nameServers: sink.nameServers,
    stop: async () => sink.stop(),
  };
}

/** Boots real brokers. Rejects where RocketMQ is not to be had on this machine, with the reason. */
export async function bootBrokers(bench: Bench): Promise<PeerServer> {
  const cluster = await bootCluster(await artifacts(bench), { brokers: 2 });
  await cluster.judge.createTopic(TOPIC, QUEUES);
  return {
    title: `two ${VERSION} brokers on the same machine`,
    nameServers: cluster.nameServer,
    stop: () => cluster.shutdown(),
  };
}

/** Boots a real broker with a proxy before it, which both protocols go through. Rejects as `bootBrokers` does. */
export async function bootProxy(bench: Bench): Promise<PeerServer> {
  const grpcServerPort = await freePort();
  const cluster = await bootCluster(await artifacts(bench), { brokers: 1, proxy: { grpcServerPort } });
  await cluster.judge.createTopic(TOPIC, QUEUES);
  return {
    title: `a ${VERSION} proxy and broker on the same machine`,
    nameServers: cluster.proxy ?? '',
    grpc: `127.0.0.1:${grpcServerPort}`,
    stop: () => cluster.shutdown(),
  };
}

async function artifacts({
  root,
}: Bench): Promise<Exclude<ReturnType<typeof findArtifacts>, { readonly reason: string }>> {
  await runCommand(process.execPath, [join(root, '.ci/artifacts.mjs')], { cwd: root });
  const found = findArtifacts(VERSION);
  if ('reason' in found) throw new Error(found.reason);
  return found;
}
