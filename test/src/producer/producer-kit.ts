/** What the tests of the producer share: a cluster in this process, and producers that never outlive their test. */
import { createProducer } from '../../../src/create-producer.js';
import type { ProducerConfig } from '../../../src/producer/config.js';
import type { Producer } from '../../../src/producer/producer.js';
import type { ServiceState } from '../../../src/producer/service-state.js';
import { type EmbeddedCluster, type EmbeddedClusterOptions, startEmbeddedCluster } from '../../../src/testing/index.js';

export const TOPIC = 'orders';

/** Fresh for each test: a cluster that knows the topic, and whatever producers the test makes. */
export class ProducerBench {
  readonly #producers: Producer[] = [];
  #cluster: EmbeddedCluster | undefined;

  constructor(options: EmbeddedClusterOptions = {}) {
    beforeEach(async () => {
      this.#cluster = await startEmbeddedCluster(options);
      this.#cluster.createTopic(TOPIC, { queues: 4 });
    });
    afterEach(async () => {
      for (const producer of this.#producers.splice(0)) await producer.shutdown({ drain: false });
      await this.cluster.close();
    });
  }

  get cluster(): EmbeddedCluster {
    if (this.#cluster === undefined) throw new Error('no test runs');
    return this.#cluster;
  }

  producer(config: Partial<ProducerConfig> = {}): Producer {
    const producer = createProducer({
      nameServers: this.cluster.nameServers,
      group: 'group',
      logger: false,
      ...config,
    });
    this.#producers.push(producer);
    return producer;
  }
}

/** Every state the producer is in from now on. */
export function statesOf(producer: Producer): (ServiceState | 'complete')[] {
  const states: (ServiceState | 'complete')[] = [];
  producer.state$.subscribe({ next: (state) => states.push(state), complete: () => states.push('complete') });
  return states;
}

/** Waits, a moment at a time, until something is so; a test in which it never is so fails. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let moments = 0; !isSo(); moments++) {
    if (moments > 3000) throw new Error(`never so: ${String(isSo)}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
