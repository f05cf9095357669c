/** The conformance suite against the embedded broker, as both releases that it can behave as. */
import { type EmbeddedCluster, startEmbeddedCluster } from '../../src/testing/index.js';
import { producerConformance } from './producer-conformance.js';
import { readAll } from './read-all.js';
import type { ConformanceTarget, QueuePlace, StoredMessage } from './target.js';

describe.each(['5.5.0', '4.9.7'] as const)('conformance of the embedded cluster as %s', (release) => {
  let started: EmbeddedCluster | undefined;
  let target: ConformanceTarget | undefined;
  beforeAll(async () => {
    started = await startEmbeddedCluster({ brokers: 2, release });
    target = targetOf(started);
  });
  afterAll(() => started?.close());

  producerConformance(() => {
    if (target === undefined) throw new Error('the embedded cluster did not start');
    return target;
  });
});

function targetOf(cluster: EmbeddedCluster): ConformanceTarget {
  const queuesOf = new Map<string, number>();
  return {
    nameServers: cluster.nameServers,
    createTopic: async (topic, queues) => {
      queuesOf.set(topic, queues);
      cluster.createTopic(topic, { queues });
    },
    readBack: async (topics) => {
      const stored: StoredMessage[] = [];
      for (const topic of topics) stored.push(...(await readAll(cluster.nameServers, topic)));
      return stored;
    },
    placementOf: async (topic, shardingKeys) => {
      const ids = [...Array(queuesOf.get(topic)).keys()];
      const places = ['broker-a', 'broker-b'].flatMap((brokerName) => ids.map((queueId) => ({ brokerName, queueId })));
      return shardingKeys.map((key) => placeOf(key, places));
    },
  };
}

/** Java's SelectMessageQueueByHash, written down a second time; on real clusters Java itself is asked. */
function placeOf(key: string, places: readonly QueuePlace[]): QueuePlace {
  let hash = 0;
  for (let at = 0; at < key.length; at++) hash = (Math.imul(31, hash) + key.charCodeAt(at)) | 0;
  const place = places[Math.abs(hash % places.length)];
  if (place === undefined) throw new Error('the topic has no queues');
  return place;
}
