/** What the operator tests share: flows on a virtual clock, messages, and envelopes at each point of their life. */
import { type SchedulerLike, Subject } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { silentLogger } from '../../src/observe/logger.js';
import type { Open, Routed, Settled } from '../../src/producer/message/envelope.js';
import { LivenessTable } from '../../src/producer/flow/broker-liveness.js';
import { Flow, type FlowSetup } from '../../src/producer/flow/flow.js';
import type { Message } from '../../src/producer/message/message.js';
import { openEnvelope } from '../../src/producer/message/open-envelope.js';
import type { ProducerEvent } from '../../src/producer/state/producer-event.js';
import { ProducerStatistics } from '../../src/producer/state/producer-statistics.js';
import type { SharedLimit } from '../../src/producer/flow/shared-limit.js';
import type { MessageQueue } from '../../src/protocol/message-queue.js';
import type { TopicRoute } from '../../src/route/topic-route.js';
import { Clock } from '../../src/time/clock.js';
import { DeadlineSweep } from '../../src/time/deadline-sweep.js';
import { KeepAlive } from '../../src/time/keep-alive.js';

export const LIMITS = { maxMessageBytes: 4 * 1024 * 1024 };

export const message = (n = 0): Message<number> => ({ topic: 'orders', body: `body ${n}`, context: n });
export const open = (n = 0): Open<number> | Settled<number> => openEnvelope(message(n), LIMITS);

export const queue = (brokerName: string, queueId: number): MessageQueue => ({ topic: 'orders', brokerName, queueId });

/** Two brokers with two queues each. */
export const ROUTE: TopicRoute = {
  topic: 'orders',
  queues: [queue('broker-a', 0), queue('broker-a', 1), queue('broker-b', 0), queue('broker-b', 1)],
  addressOf: (brokerName) => (brokerName === 'broker-a' ? '127.0.0.1:1' : '127.0.0.1:2'),
  brokers: new Map([
    ['broker-a', '127.0.0.1:1'],
    ['broker-b', '127.0.0.1:2'],
  ]),
  isProvisional: false,
};

export const routed = (n = 0): Routed<number> => {
  const envelope = open(n);
  envelope.route = ROUTE;
  return envelope as Routed<number>;
};

export const testScheduler = (): TestScheduler =>
  new TestScheduler((actual, expected) => {
    expect(actual).toEqual(expected);
  });

/** Messages that a test leaves unsettled must not keep the test runner alive. */
const NEVER_ALIVE = new KeepAlive();
NEVER_ALIVE.dispose();

/** Makes flows on a virtual clock, and keeps them and their statistics to look at. */
export class FlowBench {
  readonly flows: Flow[] = [];
  readonly events: ProducerEvent[] = [];
  readonly statistics = new ProducerStatistics();
  readonly clock: Clock;
  readonly brokers = new LivenessTable();
  readonly #sweep: DeadlineSweep;
  readonly #events$ = new Subject<ProducerEvent>();
  readonly #timeoutMs: number;
  readonly #limit: SharedLimit | undefined;

  constructor(scheduler: SchedulerLike, options: { readonly timeoutMs?: number; readonly limit?: SharedLimit } = {}) {
    this.clock = new Clock(scheduler);
    this.#sweep = new DeadlineSweep(this.clock);
    this.#timeoutMs = options.timeoutMs ?? 3000;
    this.#limit = options.limit;
    this.#events$.subscribe((event) => this.events.push(event));
  }

  createFlow(setup: FlowSetup): Flow {
    const surroundings = {
      timeoutMs: this.#timeoutMs,
      clock: this.clock,
      sweep: this.#sweep,
      keepAlive: NEVER_ALIVE,
      statistics: this.statistics,
      events: this.#events$,
      logger: silentLogger,
      brokers: this.brokers,
      limit: this.#limit,
    };
    const flow = new Flow(surroundings, setup, () => {});
    this.flows.push(flow);
    return flow;
  }
}
