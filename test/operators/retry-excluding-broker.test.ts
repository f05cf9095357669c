import {
  delay,
  EMPTY,
  filter,
  mergeMap,
  type MonoTypeOperatorFunction,
  NEVER,
  type Observable,
  of,
  pipe,
  Subject,
  tap,
  throwError,
} from 'rxjs';
import { admit } from '../../operators/admit.js';
import { retryExcludingBroker } from '../../operators/retry-excluding-broker.js';
import { selectQueue } from '../../operators/select-queue.js';
import { stage } from '../../operators/stage.js';
import type { ErrorCode } from '../../src/errors/error-table.js';
import { createError } from '../../src/errors/rocketmq-error.js';
import type { Envelope, Open, Routed, Settled, Targeted } from '../../src/producer/message/envelope.js';
import { Receipt } from '../../src/producer/message/outcome.js';
import type { RetryOptions } from '../../src/producer/pipeline-options.js';
import { VirtualTime } from '../src/time/virtual-time.js';
import { FlowBench, open, queue, ROUTE, testScheduler } from './operator-kit.js';
import { failAttempt, succeed } from './outcome-kit.js';

type Attempt = (envelope: Envelope) => void;

/** A cluster of brokers that answer as the script says; each attempt is written down with its time. */
function run(
  answer: Attempt,
  options: RetryOptions = {},
  between: MonoTypeOperatorFunction<Targeted<number> | Settled<number>> = (envelopes$) => envelopes$,
  below: MonoTypeOperatorFunction<Settled<number>> = (envelopes$) => envelopes$,
) {
  const time = new VirtualTime();
  const bench = new FlowBench(time.clock.scheduler);
  const attempts: string[] = [];
  const held: Envelope[] = [];
  const send = stage<number, Targeted<number>, never>('send', 'RMQ_CONNECT_FAILED', (passage) => (envelope) => {
    envelope.attempt++;
    attempts.push(`${envelope.context}@${envelope.queue.brokerName} ${time.clock.now()}`);
    passage.hold(envelope);
    held.push(envelope);
    answer(envelope);
    return 'kept';
  });
  const source = new Subject<Open<number> | Settled<number>>();
  const ended: Settled<number>[] = [];
  const ends: unknown[] = [];
  const subscription = source
    .pipe(
      admit<number>(bench, { window: 4 }),
      tap((envelope) => (envelope.route = ROUTE)),
      (envelopes$) => envelopes$ as Observable<Routed<number> | Settled<number>>,
      retryExcludingBroker<number>(pipe(selectQueue<number>(), between, send, below), options),
    )
    .subscribe({
      next: (envelope) => ended.push(envelope),
      error: (error: unknown) => ends.push(error),
      complete: () => ends.push('complete'),
    });
  const outcome = () => ended[0]?.outcome;
  return { time, bench, attempts, held, source, ended, ends, subscription, outcome };
}

const brokers = (attempts: readonly string[]): unknown[] => attempts.map((attempt) => /@(\S+)/.exec(attempt)?.[1]);
const times = (attempts: readonly string[]): number[] => attempts.map((attempt) => Number(attempt.split(' ')[1]));
const failing =
  (...codes: ErrorCode[]): Attempt =>
  (envelope) => {
    const code = codes[envelope.attempt - 1];
    if (code === undefined) succeed(envelope);
    else failAttempt(envelope, code);
  };
const always =
  (code: ErrorCode): Attempt =>
  (envelope) =>
    failAttempt(envelope, code);
const identity = (envelopes$: Observable<Routed<number> | Settled<number>>) =>
  envelopes$ as Observable<Settled<number>>;

describe('retryExcludingBroker', () => {
  test('never, empty and error pass through', () => {
    const retry = retryExcludingBroker<number>(identity);
    testScheduler().run(({ expectObservable }) => {
      expectObservable(NEVER.pipe(retry)).toBe('');
      expectObservable(EMPTY.pipe(retry)).toBe('|');
      expectObservable(throwError(() => 'error').pipe(retry)).toBe('#');
    });
  });

  test('makes one attempt where that succeeds', () => {
    const { source, attempts, outcome, bench } = run(succeed);
    source.next(open(1));
    expect(attempts).toHaveLength(1);
    expect(outcome()).toMatchObject({ ok: true, attempts: 1 });
    expect(bench.statistics.retried).toBe(0);
  });

  test('goes to the other broker, at once', () => {
    const { source, attempts, outcome, bench } = run(failing('RMQ_CONNECT_FAILED'));
    source.next(open(1));
    expect(new Set(brokers(attempts)).size).toBe(2);
    expect(times(attempts)).toEqual([0, 0]);
    expect(outcome()).toMatchObject({ ok: true, attempts: 2 });
    expect(bench.statistics).toMatchObject({ retried: 1, sent: 1, failed: 0 });
    expect(bench.events).toEqual([expect.objectContaining({ type: 'retry', attempt: 2 })]);
  });

  test('tries any broker again, after a while, when all have failed', () => {
    const { source, attempts, time, outcome } = run(failing('RMQ_CONNECT_FAILED', 'RMQ_CONNECT_FAILED'));
    source.next(open(1));
    expect(attempts).toHaveLength(2);
    time.advance(3000);
    expect(attempts).toHaveLength(3);
    const third = times(attempts)[2] ?? 0;
    expect(third).toBeGreaterThanOrEqual(100);
    expect(third).toBeLessThanOrEqual(1500);
    expect(outcome()).toMatchObject({ ok: true, attempts: 3 });
  });

  test('waits after a busy answer although another broker is left', () => {
    const { source, attempts, time } = run(failing('RMQ_BROKER_BUSY'));
    source.next(open(1));
    expect(attempts).toHaveLength(1);
    time.advance(1500);
    expect(new Set(brokers(attempts)).size).toBe(2);
  });

  test('a message with its own queue stays on it', () => {
    const { source, attempts, time } = run(failing('RMQ_CONNECT_FAILED', 'RMQ_CONNECT_FAILED'));
    const envelope = open(1);
    envelope.fixedQueue = ROUTE.queues[2];
    source.next(envelope);
    time.advance(3000);
    expect(brokers(attempts)).toEqual(['broker-b', 'broker-b', 'broker-b']);
  });

  describe('what is stored, but not safely', () => {
    const WEAK = 'FLUSH_SLAVE_TIMEOUT';
    /** As `sendMessage` tells it: the receipt is kept, the attempt has failed. */
    const weakly = (envelope: Envelope): void => {
      const answer = { status: WEAK, offsetMsgId: 'id', queueId: 0, queueOffset: 1n } as const;
      envelope.weakReceipt = new Receipt(envelope, envelope.queue ?? queue('', 0), answer, envelope.flow.clock.now());
      failAttempt(envelope, 'RMQ_STORE_NOT_OK');
    };
    const then =
      (...rest: Attempt[]): Attempt =>
      (envelope) =>
        [weakly, ...rest][envelope.attempt - 1]?.(envelope);

    test('is sent to the other broker, whose receipt is the outcome', () => {
      const { source, attempts, outcome, bench } = run(then(succeed));
      source.next(open(1));
      expect(new Set(brokers(attempts)).size).toBe(2);
      expect(outcome()).toMatchObject({ ok: true, status: 'SEND_OK', attempts: 2 });
      expect(bench.statistics).toMatchObject({ retried: 1, sent: 1, failed: 0 });
    });

    test('keeps its receipt when the other broker fails, and is not stored there a second time', () => {
      const { source, attempts, time, outcome, bench } = run(then(always('RMQ_CONNECT_FAILED')));
      source.next(open(1));
      time.advance(10_000);
      expect(attempts).toHaveLength(2);
      expect(outcome()).toMatchObject({ ok: true, status: WEAK, attempts: 1 });
      expect(bench.statistics).toMatchObject({ sent: 1, failed: 0 });
    });

    test('keeps its receipt when its time is over, or it is aborted', () => {
      const late = run(then(() => {}));
      late.source.next(open(1));
      expect(late.outcome()).toBeUndefined();
      late.time.advance(10_000);
      expect(late.outcome()).toMatchObject({ ok: true, status: WEAK });
      const aborted = run(then(() => {}));
      aborted.source.next(open(1));
      const failures = aborted.bench.flows[0]?.abort('abort', createError('RMQ_ABORTED', 'not wanted any more'));
      expect(failures).toEqual([]);
      expect(aborted.outcome()).toMatchObject({ ok: true, status: WEAK });
    });

    test('stays where it is when its queue is fixed', () => {
      const { source, attempts, outcome } = run(then(succeed));
      const envelope = open(1);
      envelope.fixedQueue = ROUTE.queues[2];
      source.next(envelope);
      expect(attempts).toHaveLength(1);
      expect(outcome()).toMatchObject({ ok: true, status: WEAK, attempts: 1 });
    });
  });

  test('a permanent failure is final at once', () => {
    const { source, attempts, outcome } = run(always('RMQ_ACCESS_DENIED'));
    source.next(open(1));
    expect(attempts).toHaveLength(1);
    expect(outcome()).toMatchObject({ ok: false, stored: 'no', error: { code: 'RMQ_ACCESS_DENIED' } });
  });

  test('the failure lists every attempt; one that may have stored it makes it maybe', () => {
    const { source, outcome, time } = run(
      failing('RMQ_ATTEMPT_TIMEOUT', 'RMQ_CONNECT_FAILED', 'RMQ_BROKER_UNAVAILABLE'),
    );
    source.next(open(1));
    time.advance(2900);
    expect(outcome()).toMatchObject({
      ok: false,
      stored: 'maybe',
      error: { code: 'RMQ_BROKER_UNAVAILABLE', stored: 'no' },
      attempts: [
        { error: { code: 'RMQ_ATTEMPT_TIMEOUT' } },
        { error: { code: 'RMQ_CONNECT_FAILED' } },
        { error: { code: 'RMQ_BROKER_UNAVAILABLE' } },
      ],
    });
  });

  test.each([
    [undefined, 3],
    [0, 1],
    [4, 5],
  ])('with retries %s it makes %i attempts', (retries, expected) => {
    const { source, attempts, outcome, time } = run(always('RMQ_CONNECT_FAILED'), {
      ...(retries === undefined ? {} : { retries }),
      delayMs: () => 1,
    });
    source.next(open(1));
    time.advance(1000);
    expect(attempts).toHaveLength(expected);
    expect(outcome()).toHaveProperty('attempts.length', expected);
  });

  test('a oneway message gets one attempt', () => {
    const { source, attempts } = run(always('RMQ_CONNECT_FAILED'));
    const envelope = open(1);
    envelope.mode = 'oneway';
    source.next(envelope);
    expect(attempts).toHaveLength(1);
  });

  test('no attempt begins after the deadline, which ends a message that waits for one', () => {
    const { source, attempts, time, outcome } = run(always('RMQ_CONNECT_FAILED'), { delayMs: () => 5000 });
    source.next(open(1));
    time.advance(3100);
    expect(outcome()).toMatchObject({ stage: 'send', error: { code: 'RMQ_DEADLINE' }, attempts: [{}] });
    time.advance(10_000);
    expect(attempts).toHaveLength(1);
    expect(time.timers).toBe(0);
  });

  test('delayMs is asked with the number of the next attempt, and decides', () => {
    const asked: number[] = [];
    const { source, attempts, time } = run(failing('RMQ_BROKER_BUSY', 'RMQ_BROKER_BUSY'), {
      delayMs(attempt) {
        asked.push(attempt);
        return attempt * 100;
      },
    });
    source.next(open(1));
    time.advance(1000);
    expect(asked).toEqual([2, 3]);
    expect(times(attempts)).toEqual([0, 200, 500]);
  });

  test.each([Number.NaN, -1, 0])('a delay of %d is none', (delayMs) => {
    const { source, attempts } = run(failing('RMQ_BROKER_BUSY'), { delayMs: () => delayMs });
    source.next(open(1));
    expect(attempts).toHaveLength(2);
  });

  test('an endless delay ends with the deadline', () => {
    const { source, outcome, time } = run(failing('RMQ_BROKER_BUSY'), { delayMs: () => Number.POSITIVE_INFINITY });
    source.next(open(1));
    time.advance(3100);
    expect(outcome()).toHaveProperty('error.code', 'RMQ_DEADLINE');
  });

  test('retryOn decides in place of retryable', () => {
    const again = run(failing('RMQ_ACCESS_DENIED'), { retryOn: () => true });
    again.source.next(open(1));
    expect(again.outcome()).toMatchObject({ ok: true, attempts: 2 });
    const once = run(always('RMQ_CONNECT_FAILED'), { retryOn: () => false });
    once.source.next(open(1));
    expect(once.attempts).toHaveLength(1);
  });

  test.each<[keyof RetryOptions, RetryOptions]>([
    ['retryOn', { retryOn: () => thrower() }],
    ['delayMs', { delayMs: () => thrower() }],
  ])('a %s that throws fails its message with that, and the stream goes on', (option, options) => {
    const { source, ended, ends, bench } = run(failing('RMQ_CONNECTION_LOST'), options);
    source.next(open(1));
    expect(ended[0]?.outcome).toMatchObject({
      ok: false,
      stage: 'send',
      stored: 'maybe',
      error: { code: 'RMQ_RETRY_FAILED', cause: new Error('boom'), detail: { option } },
      attempts: [{ error: { code: 'RMQ_CONNECTION_LOST' } }],
    });
    source.complete();
    expect(ends).toEqual(['complete']);
    expect(bench.statistics).toMatchObject({ offered: 1, failed: 1, retried: 0, inFlight: 0 });
  });

  test.each<keyof RetryOptions>(['retryOn', 'delayMs'])('a %s that returns a promise is told so', async (option) => {
    const later = (): Promise<never> => Promise.reject(new Error('nobody waits for this'));
    // What a caller without types can hand in.
    const options = { [option]: later } as unknown as RetryOptions;
    const { source, ended, attempts } = run(failing('RMQ_CONNECTION_LOST'), options);
    source.next(open(1));
    expect(ended[0]?.outcome).toMatchObject({
      error: { code: 'RMQ_RETRY_FAILED', message: expect.stringContaining(`${option} must not be asynchronous`) },
    });
    expect(attempts).toHaveLength(1);
    // A rejection that nobody catches would end the process in one of these turns.
    await new Promise((resolve) => setImmediate(resolve));
  });

  test('completion waits for what is inside, between two attempts too', () => {
    const { source, ends, time } = run(failing('RMQ_BROKER_BUSY'));
    source.next(open(1));
    source.complete();
    expect(ends).toEqual([]);
    time.advance(1500);
    expect(ends).toEqual(['complete']);
  });

  test('after unsubscribe between two attempts none follows, and no timer is left', () => {
    const { source, attempts, subscription, time, bench } = run(failing('RMQ_BROKER_BUSY'), { delayMs: () => 1000 });
    source.next(open(1));
    subscription.unsubscribe();
    time.advance(100);
    expect(time.timers).toBe(0);
    time.advance(5000);
    expect(attempts).toHaveLength(1);
    expect(bench.statistics).toMatchObject({ failed: 1, inFlight: 0 });
  });

  test('after unsubscribe an attempt that fails is final', () => {
    const { source, attempts, subscription, bench, held } = run((envelope) => {
      envelope.sink = { answered() {}, handedOver() {}, failed() {} };
    });
    source.next(open(1));
    subscription.unsubscribe();
    expect(bench.statistics.inFlight).toBe(1);
    const [envelope] = held;
    if (envelope === undefined) throw new Error('not held');
    failAttempt(envelope);
    expect(attempts).toHaveLength(1);
    expect(bench.statistics).toMatchObject({ failed: 1, inFlight: 0 });
  });

  test('an error of the attempt pipeline itself errors the stream', () => {
    const { source, ends } = run(succeed, {}, () => throwError(() => 'broken'));
    source.next(open(1));
    expect(ends).toEqual(['broken']);
  });
});

describe('an operator between selectQueue and sendMessage', () => {
  test('that drops envelopes costs no slot and hangs nothing', () => {
    const { source, bench, ends } = run(
      succeed,
      {},
      filter(() => false),
    );
    for (let n = 0; n < 10; n++) source.next(open(n));
    source.complete();
    expect(bench.statistics).toMatchObject({ offered: 10, failed: 10, inFlight: 0, buffered: 0 });
    expect(ends).toEqual(['complete']);
  });

  test('that drops the second attempt hangs nothing', () => {
    let passes = 0;
    const { source, bench, ends, time } = run(
      failing('RMQ_BROKER_BUSY', 'RMQ_BROKER_BUSY'),
      {},
      filter(() => passes++ === 0),
    );
    source.next(open(1));
    source.complete();
    time.advance(3100);
    expect(bench.statistics).toMatchObject({ offered: 1, failed: 1, inFlight: 0 });
    expect(ends).toEqual(['complete']);
  });

  test('that doubles envelopes makes no second attempt and no second outcome', () => {
    const { source, bench, attempts, ended } = run(
      succeed,
      {},
      mergeMap((envelope) => [envelope, envelope]),
    );
    source.next(open(1));
    expect(attempts).toHaveLength(1);
    expect(bench.statistics).toMatchObject({ offered: 1, sent: 1, inFlight: 0 });
    expect(new Set(ended).size).toBe(1);
  });

  test('that doubles envelopes whose attempt fails neither', () => {
    const { source, bench, attempts, ended, time } = run(
      failing('RMQ_CONNECT_FAILED'),
      {},
      mergeMap((envelope) => [envelope, envelope]),
    );
    source.next(open(1));
    time.advance(3000);
    expect(attempts).toHaveLength(2);
    expect(bench.statistics).toMatchObject({ sent: 1, inFlight: 0 });
    expect(ended.every(({ outcome }) => outcome.ok)).toBe(true);
  });

  test('that delays envelopes ends them as dropped, unsent', () => {
    const { source, bench, attempts, time } = run(succeed, {}, (e$) => e$.pipe(delay(100, time0.clock.scheduler)));
    source.next(open(1));
    time0.advance(200);
    time.advance(200);
    expect(attempts).toEqual([]);
    expect(bench.statistics).toMatchObject({ offered: 1, failed: 1, inFlight: 0 });
  });
});

describe('an operator between sendMessage and the end of the loop', () => {
  const pass: MonoTypeOperatorFunction<Targeted<number> | Settled<number>> = (envelopes$) => envelopes$;

  test('that drops a failed attempt does not keep it from the next one', () => {
    const { source, bench, attempts, ends } = run(
      failing('RMQ_CONNECT_FAILED'),
      {},
      pass,
      filter((envelope) => envelope.attemptFailure === undefined),
    );
    source.next(open(1));
    source.complete();
    expect(attempts).toHaveLength(2);
    expect(bench.statistics).toMatchObject({ offered: 1, sent: 1, inFlight: 0 });
    expect(ends).toEqual(['complete']);
  });

  test('that drops outcomes, or passes them on later, does not keep them from the end, and none is lost or doubled', () => {
    const foreign = [filter<Settled<number>>(() => false), delay<Settled<number>>(100, time0.clock.scheduler)];
    for (const below of foreign) {
      const { source, bench, ended, ends } = run(succeed, {}, pass, below);
      for (const n of [1, 2, 3]) source.next(open(n));
      source.complete();
      time0.advance(200);
      expect(ended.map(({ context }) => context)).toEqual([1, 2, 3]);
      expect(ends).toEqual(['complete']);
      expect(bench.statistics).toMatchObject({ offered: 3, sent: 3, inFlight: 0 });
    }
  });
});

const time0 = new VirtualTime();

test('an operator below sendMessage that doubles a failed attempt passes no open envelope on', () => {
  const bench = new FlowBench(new VirtualTime().clock.scheduler);
  const ended: Envelope[] = [];
  const held: Envelope[] = [];
  const send = stage<number, Routed<number>, never>('send', 'RMQ_CONNECT_FAILED', (passage) => (envelope) => {
    envelope.attempt++;
    passage.hold(envelope);
    if (envelope.attempt === 1) failAttempt(envelope);
    else held.push(envelope);
    return 'kept';
  });
  const doubled = pipe(
    send,
    mergeMap((envelope: Settled<number>) => [envelope, envelope]),
  );
  of(open(1))
    .pipe(
      admit<number>(bench),
      tap((envelope) => (envelope.route = ROUTE)),
      (envelopes$) => envelopes$ as Observable<Routed<number>>,
      retryExcludingBroker<number>(doubled, { delayMs: () => 0 }),
    )
    .subscribe((envelope) => ended.push(envelope));
  expect(ended).toEqual([]);
  expect(held).toHaveLength(1);
  expect(bench.statistics.strays).toBe(1);
});

function thrower(): never {
  throw new Error('boom');
}
