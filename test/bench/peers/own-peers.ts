/** This library beside the others: the cases of the benchmark, at whatever server is compared at. */
import { caseNamed } from '../cases/all-cases.js';
import { measureCost } from '../cases/measure-case.js';
import type { Peer } from './peer.js';

const ownPeer = (name: string): Peer => ({
  name,
  title: `rx-rocketmq, ${caseNamed(name).title}`,
  isOurs: true,
  messages: 400_000,
  prepare: async ({ programs }) => {
    return async ({ address, messages, warmUp }) => {
      const { cpuMicros, perSecond, latency } = await measureCost(
        programs,
        { ...caseNamed(name), messages, warmUp },
        address,
      );
      return { cpuMicros, perSecond, ...(latency && { p50Ms: latency.p50Ms, p99Ms: latency.p99Ms }) };
    };
  },
});

export const ownPeers: readonly Peer[] = ['stream', 'send', 'batch', 'send-batch'].map(ownPeer);
