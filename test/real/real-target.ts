/** A real cluster as a target of the conformance suite: every verb is the official Java client's. It knows no capability. */
import type { ConformanceTarget } from '../conformance/target.js';
import type { Artifacts } from './artifacts.js';
import type { RealCluster } from './cluster.js';

export function realTarget({ version }: Artifacts, { judge, nameServer, brokers }: RealCluster): ConformanceTarget {
  return {
    release: version,
    nameServers: nameServer,
    brokers: new Map(brokers.map(({ name, address }) => [name, address])),
    createTopic: (topic, queues, settings) => judge.createTopic(topic, queues, settings),
    allowSending: async ({ accessKey, secretKey }, topic) => {
      await judge.ask(['allow-sending', accessKey, secretKey, topic]);
    },
    readBack: (topics) => judge.readBack(topics),
    placementOf: (topic, keys) => judge.placementOf(topic, keys),
  };
}
