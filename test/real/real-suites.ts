/** One cluster of two brokers, and in turn everything that is tested on it; what disturbs it most comes last. */
import { producerConformance } from '../conformance/producer-conformance.js';
import type { Artifacts } from './artifacts.js';
import { bootCluster, type RealCluster } from './cluster.js';
import { faultSuites } from './faults.js';
import { readingSuite } from './reading.js';
import { streamSuite } from './stream.js';

export function realSuites(artifacts: Artifacts): void {
  let booted: RealCluster | undefined;
  const cluster = (): RealCluster => {
    if (booted === undefined) throw new Error('the cluster did not boot');
    return booted;
  };
  beforeAll(async () => {
    booted = await bootCluster(artifacts, { brokers: 2 });
  }, 120_000);
  afterAll(() => booted?.shutdown(), 30_000);

  describe('reading', () => readingSuite(cluster));
  describe('conformance', () =>
    producerConformance(() => {
      const { judge, nameServer } = cluster();
      return {
        nameServers: nameServer,
        createTopic: (topic, queues) => judge.createTopic(topic, queues),
        readBack: (topics) => judge.readBack(topics),
        placementOf: (topic, keys) => judge.placementOf(topic, keys),
      };
    }));
  describe('the stream', () => streamSuite(cluster));
  describe('faults', () => faultSuites(cluster));
}
