/**
 * Where the examples send to: the cluster that `NAMESRV_ADDR` names, or without it two brokers inside this process. Your
 * own program needs none of this, only the addresses of its name servers.
 */
import { startEmbeddedCluster } from 'rx-rocketmq/testing';

export interface Cluster {
  readonly nameServers: string;
  readonly isEmbedded: boolean;
  close(): Promise<void>;
}

export async function clusterToUse(): Promise<Cluster> {
  const nameServers = process.env['NAMESRV_ADDR'];
  if (nameServers !== undefined && nameServers !== '') return { nameServers, isEmbedded: false, close: async () => {} };
  const embedded = await startEmbeddedCluster({ brokers: 2 });
  return { nameServers: embedded.nameServers, isEmbedded: true, close: () => embedded.close() };
}
