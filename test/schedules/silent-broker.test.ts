/**
 * One of two brokers does nothing for more than a second of virtual time, in which no attempt is given up: what the other
 * messages have of it.
 */
import { Subject } from 'rxjs';
import { fromPull } from '../../operators/from-pull.js';
import { toRocketMQ } from '../../operators/to-rocketmq.js';
import type { Message } from '../../src/producer/message/message.js';
import type { SendFailure, SendOutcome, SendReceipt } from '../../src/producer/message/outcome.js';
import type { PipelineOptions } from '../../src/producer/pipeline-options.js';
import { NUMBER_PROPERTY, SimulatedCluster } from './simulated-cluster.js';

const SILENCE = { fromMs: 200, toMs: 1400 };
const ANSWER_MS = 20;
const WINDOW = 16;

type Row = (n: number) => Omit<Message<number>, 'topic' | 'body' | 'properties' | 'context'>;

/** A stream of endlessly many messages, of which `make` says what is not the same for all. */
class Run {
  readonly cluster = new SimulatedCluster(
    {
      fates: ['stored'],
      answerMs: [ANSWER_MS],
      routeMs: [0],
      addressUnknownEvery: 0,
      serverVersion: 513,
      silence: SILENCE,
    },
    { sendTimeoutMs: 20_000 },
  );
  readonly receipts: SendReceipt<number>[] = [];
  readonly failures: SendFailure<number>[] = [];
  readonly until = new Subject<void>();
  read = 0;
  mostInFlight = 0;
  mostBuffered = 0;
  mostAtSilent = 0;
  readonly #make: Row;

  constructor(make: Row, options: PipelineOptions<number> = {}) {
    jest.spyOn(performance, 'now').mockImplementation(() => this.cluster.now);
    this.#make = make;
    fromPull(this.#rows())
      .pipe(toRocketMQ<number>(this.cluster.producer, { onFailure: 'result', until: this.until, ...options }))
      .subscribe((outcome) => this.#take(outcome as SendOutcome<number>));
  }

  async to(ms: number): Promise<void> {
    await this.cluster.advance(ms - this.cluster.now, () => {
      const { inFlight, buffered } = this.cluster.core.statistics;
      this.mostInFlight = Math.max(this.mostInFlight, inFlight);
      this.mostBuffered = Math.max(this.mostBuffered, buffered);
      const isSilent = this.cluster.now >= SILENCE.fromMs && this.cluster.now < SILENCE.toMs;
      if (isSilent) this.mostAtSilent = Math.max(this.mostAtSilent, this.cluster.underWay.get('broker-b') ?? 0);
    });
  }

  /** Receipts between two moments. */
  async between(fromMs: number, toMs: number): Promise<readonly SendReceipt<number>[]> {
    await this.to(fromMs);
    const before = this.receipts.length;
    await this.to(toMs);
    return this.receipts.slice(before);
  }

  /** Everything has its outcome. */
  async end(): Promise<void> {
    this.until.next();
    const isOver = (): boolean => this.receipts.length + this.failures.length === this.read;
    for (let rounds = 0; rounds < 250 && !isOver(); rounds++) await this.to(this.cluster.now + 100);
    if (!isOver())
      throw new Error(`${this.read} were read, ${this.receipts.length} stored, ${this.failures.length} failed`);
  }

  *#rows(): Generator<Message<number>> {
    for (;;) {
      const n = this.read++;
      yield { topic: 'orders', body: 'x', properties: { [NUMBER_PROPERTY]: `${n}` }, context: n, ...this.#make(n) };
    }
  }

  #take(outcome: SendOutcome<number>): void {
    if (outcome.ok) this.receipts.push(outcome);
    else this.failures.push(outcome);
  }
}

afterEach(() => jest.restoreAllMocks());

// What is left of a run must not keep the test runner alive.
jest.mock('../../src/time/keep-alive.js', () => ({
  KeepAlive: class {
    acquire(): void {}
    release(): void {}
    dispose(): void {}
  },
}));

describe('while one of two brokers does not respond', () => {
  test.each<[what: string, options: PipelineOptions<number>]>([
    ['the window', { window: WINDOW }],
    ['the bytes of the window', { windowBytes: 1000, window: 4096 }],
    ['an adaptive window', { window: 'auto', windowBytes: 2000 }],
  ])(
    'the stream goes on at the other one at no less than 40 %% of the rate, limited by %s',
    async (_, options) => {
      const run = new Run(() => ({}), options);
      const before = await run.between(100, 200);
      const silent = await run.between(600, 1000);
      expect(silent.length / 4).toBeGreaterThan(0.4 * before.length);
      expect(silent.every(({ elapsedMs }) => elapsedMs <= 2 * ANSWER_MS)).toBe(true);
      const back = await run.between(1400, 1700);
      expect(back.filter(({ queue }) => queue.brokerName === 'broker-b').length).toBeGreaterThan(0.2 * back.length);
      await run.end();
      expect(run.failures).toEqual([]);
    },
    60_000,
  );

  test('messages of its keys wait without slots, and those of other keys are sent', async () => {
    // Half of the keys are of each broker: so many that not all who wait fill the buffer.
    const run = new Run((n) => ({ shardingKey: `key ${n % 700}` }), { window: 32 });
    await run.to(300);
    const silent = await run.between(300, 500);
    expect(silent.length).toBeGreaterThan(32);
    expect(run.mostInFlight).toBeLessThanOrEqual(32);
    expect(run.mostAtSilent).toBeLessThanOrEqual(24 + 1);
    expect(run.mostBuffered).toBeLessThanOrEqual(1024 + 1);
    await run.to(1700);
    await run.end();
    expect(run.failures).toEqual([]);
    const last = new Map<number, number>();
    for (const n of run.cluster.storedContexts) {
      expect(n).toBeGreaterThan(last.get(n % 700) ?? -1);
      last.set(n % 700, n);
    }
  }, 60_000);

  test('messages for one of its queues wait without slots, and others are sent', async () => {
    const queue = { topic: 'orders', brokerName: 'broker-b', queueId: 0 };
    // One in twenty: fewer than may wait.
    const run = new Run((n) => (n % 20 === 0 ? { queue } : {}), { window: 16 });
    // What is bound to the broker holds up to three quarters of the window.
    const before = await run.between(100, 200);
    const silent = await run.between(600, 1000);
    expect(silent.length / 4).toBeGreaterThan(0.2 * before.length);
    await run.to(1600);
    await run.end();
    expect(run.failures).toEqual([]);
  }, 60_000);
});

test('where there is one broker, nothing is different: its messages hold the window until it responds', async () => {
  const queue = { topic: 'orders', brokerName: 'broker-b', queueId: 0 };
  const run = new Run(() => ({ queue }), { window: 8 });
  await run.to(1500);
  expect([run.mostAtSilent, run.mostBuffered]).toEqual([8, 0]);
  await run.end();
  expect(run.failures).toEqual([]);
}, 60_000);
