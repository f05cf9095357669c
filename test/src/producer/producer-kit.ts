/** What the tests of the producer share: a cluster in this process, and producers that never outlive their test. */
import type { Producer } from '../../../src/producer/producer.js';
import type { ServiceState } from '../../../src/producer/state/service-state.js';
import type { EmbeddedClusterOptions, TransactionOptions } from '../../../src/testing/index.js';
import { TestCluster, TOPIC, until } from '../../operators/test-cluster.js';
import { VirtualTime } from '../time/virtual-time.js';

export { TOPIC, until };

/** Fresh for each test: a cluster that knows the topic, and whatever producers the test makes. */
export class ProducerBench extends TestCluster {
  readonly #clocks: LoopTime[] = [];

  constructor(options: EmbeddedClusterOptions = {}) {
    super();
    beforeEach(() => this.open({ brokers: 1, ...options }, 4));
    afterEach(async () => {
      await this.close();
      for (const clock of this.#clocks.splice(0)) clock.stop();
    });
  }

  /** Time for a producer, until the test ends. */
  loopTime(): LoopTime {
    const clock = new LoopTime();
    this.#clocks.push(clock);
    return clock;
  }
}

/**
 * Time that passes with the turns of the event loop, one millisecond each. The cluster lives in the same loop: on a machine
 * that stands still for a while nobody's answer is late.
 */
export class LoopTime {
  readonly #time = new VirtualTime();
  readonly #timer = setInterval(() => this.#time.advance(1), 1);
  readonly scheduler = this.#time.scheduler;

  /** So much time passes at once. */
  skip(ms: number): void {
    this.#time.advance(ms);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** All but setInterval. */
const REAL_TIMERS: FakeableAPI[] = [
  'Date',
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setTimeout',
  'clearTimeout',
];

/**
 * Brokers look for transactions that were not ended when a test says so, and never by themselves: how often one is asked
 * about is no question of how busy the machine is. What was ended they do not ask about again.
 */
export function holdScans(): { readonly transactions: TransactionOptions; readonly scan: () => void } {
  const checkIntervalMs = 60_000;
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: REAL_TIMERS });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  return {
    transactions: { timeoutMs: 0, checkIntervalMs, maxChecks: 1000, endBatchMs: 0 },
    scan: () => jest.advanceTimersByTime(checkIntervalMs),
  };
}

/** Every state the producer is in from now on. */
export function statesOf(producer: Producer): (ServiceState | 'complete')[] {
  const states: (ServiceState | 'complete')[] = [];
  producer.state$.subscribe({ next: (state) => states.push(state), complete: () => states.push('complete') });
  return states;
}
