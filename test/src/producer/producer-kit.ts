/** What the tests of the producer share: a cluster in this process, and producers that never outlive their test. */
import type { Producer } from '../../../src/producer/producer.js';
import type { ServiceState } from '../../../src/producer/state/service-state.js';
import type { EmbeddedClusterOptions } from '../../../src/testing/index.js';
import { TestCluster, TOPIC, until } from '../../operators/test-cluster.js';

export { TOPIC, until };

/** Fresh for each test: a cluster that knows the topic, and whatever producers the test makes. */
export class ProducerBench extends TestCluster {
  constructor(options: EmbeddedClusterOptions = {}) {
    super();
    beforeEach(() => this.open({ brokers: 1, ...options }, 4));
    afterEach(() => this.close());
  }
}

/** Every state the producer is in from now on. */
export function statesOf(producer: Producer): (ServiceState | 'complete')[] {
  const states: (ServiceState | 'complete')[] = [];
  producer.state$.subscribe({ next: (state) => states.push(state), complete: () => states.push('complete') });
  return states;
}
