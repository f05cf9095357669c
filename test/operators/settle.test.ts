import { EMPTY, filter, NEVER, of, Subject, throwError } from 'rxjs';
import { admit } from '../../operators/admit.js';
import { settle, type SettleOptions } from '../../operators/settle.js';
import { stage } from '../../operators/stage.js';
import { createError } from '../../src/errors/rocketmq-error.js';
import type { Envelope, Open, Settled } from '../../src/producer/message/envelope.js';
import { Failure, Receipt, type SendOutcome } from '../../src/producer/message/outcome.js';
import { SendError } from '../../src/producer/message/send-error.js';
import { FlowBench, open, queue, testScheduler } from './operator-kit.js';

const succeed = (envelope: Envelope<number>): Settled<number> => {
  const answer = { status: 'SEND_OK', offsetMsgId: 'id', queueId: 0, queueOffset: 1n } as const;
  envelope.flow.settle(envelope, new Receipt(envelope, queue('broker-a', 0), answer, 0));
  return envelope as Settled<number>;
};

const failWith = (envelope: Envelope<number>, stored: 'no' | 'maybe' = 'no'): Settled<number> => {
  const error = createError('RMQ_CONNECTION_LOST', 'lost', { stored });
  envelope.flow.settle(envelope, new Failure(envelope, { stage: 'send', error }));
  return envelope as Settled<number>;
};

function run(options: SettleOptions) {
  const source = new Subject<Settled<number>>();
  const emitted: SendOutcome<number>[] = [];
  const ends: unknown[] = [];
  const subscription = source.pipe(settle(options)).subscribe({
    next: (outcome) => emitted.push(outcome),
    error: (error: unknown) => ends.push(error),
    complete: () => ends.push('complete'),
  });
  return { source, emitted, ends, subscription };
}

const contexts = (outcomes: readonly SendOutcome<number>[]): number[] => outcomes.map(({ context }) => context);

describe('what the error at the end names', () => {
  const failed = (n: number, bytes = 1): Settled<number> => {
    const envelope = failWith(open(n));
    envelope.bytes = bytes;
    return envelope;
  };
  const MIB = 2 ** 20;

  test.each<[string, SettleOptions['onFailure'], readonly number[], number]>([
    ['1000 failures', 'delay-error', Array.from({ length: 1500 }, () => 1), 1000],
    ['8 MiB of failed messages', 'delay-error', Array.from({ length: 20 }, () => MIB), 8],
    ['the first failure, however large it is', 'delay-error', [9 * MIB, 1, 1], 1],
    ['small ones after one that was too large', 'delay-error', [7 * MIB, 2 * MIB, MIB, 1], 2],
    // Each was held when the first failed; after that nothing more is taken.
    ['every message without a receipt', 'error', Array.from({ length: 1500 }, () => MIB), 1500],
  ])('is %s (%s)', (_, onFailure = 'error', sizes, named) => {
    const { source, ends } = run({ onFailure });
    for (const [n, bytes] of sizes.entries()) source.next(failed(n, bytes));
    source.complete();
    const [end] = ends;
    if (!(end instanceof SendError)) throw new Error('no SendError');
    expect([1 + end.alsoFailed.length + end.notSent.length, end.detail['failed']]).toEqual([named, sizes.length]);
  });
});

describe('settle', () => {
  test('emits each outcome once, in order', () => {
    const { source, emitted, ends } = run({});
    const first = succeed(open(1));
    source.next(first);
    source.next(succeed(open(2)));
    source.next(first);
    source.complete();
    expect(contexts(emitted)).toEqual([1, 2]);
    expect(ends).toEqual(['complete']);
  });

  test('emits failures like receipts under onFailure result', () => {
    const { source, emitted, ends } = run({ onFailure: 'result' });
    source.next(failWith(open(1)));
    source.next(succeed(open(2)));
    source.complete();
    expect(emitted.map(({ ok }) => ok)).toEqual([false, true]);
    expect(ends).toEqual(['complete']);
  });

  test('emits an outcome that comes about during an emission after it, never within', () => {
    const source = new Subject<Settled<number>>();
    const log: string[] = [];
    source.pipe(settle()).subscribe(({ context }) => {
      log.push(`begin ${context}`);
      if (context < 3) source.next(succeed(open(context + 1)));
      log.push(`end ${context}`);
    });
    source.next(succeed(open(1)));
    expect(log).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
  });

  test('a million outcomes that follow from each other grow no stack', () => {
    const source = new Subject<Settled<number>>();
    let count = 0;
    source.pipe(settle()).subscribe(() => {
      if (++count < 1_000_000) source.next(succeed(Object.assign(envelope, { outcome: undefined, isEmitted: false })));
    });
    const envelope = open(0);
    source.next(succeed(envelope));
    expect(count).toBe(1_000_000);
  });

  test('never, empty and error pass through', () => {
    testScheduler().run(({ expectObservable }) => {
      expectObservable(NEVER.pipe(settle())).toBe('');
      expectObservable(EMPTY.pipe(settle())).toBe('|');
      expectObservable(throwError(() => 'error').pipe(settle())).toBe('#');
    });
  });

  test('unsubscribing leaves the source', () => {
    const { source, subscription } = run({});
    subscription.unsubscribe();
    expect(source.observed).toBe(false);
  });
});

describe('settle in the order of the source', () => {
  test('is not held up by what an operator above it drops, and emits that in its place', () => {
    const bench = new FlowBench(testScheduler());
    const source = new Subject<Open<number> | Settled<number>>();
    const inFlight: Open<number>[] = [];
    const emitted: SendOutcome<number>[] = [];
    const keeping = stage<number, Open<number>, never>('send', 'RMQ_CONNECT_FAILED', (passage) => (envelope) => {
      passage.hold(envelope);
      inFlight.push(envelope);
      return 'kept';
    });
    source
      .pipe(
        admit<number>(bench, { window: 3, keepsOutcomes: 'in-order' }),
        keeping,
        filter(({ context }) => context !== 2),
        settle<number>({ results: 'source' }),
      )
      .subscribe((outcome) => emitted.push(outcome));
    for (const n of [1, 2, 3, 4]) source.next(open(n));
    for (const at of [2, 1, 0, 3]) succeed(inFlight[at] ?? open());
    expect(contexts(emitted)).toEqual([1, 2, 3, 4]);
    expect(bench.flows[0]?.pressure).toMatchObject({ inFlight: 0, open: true });
  });
});

describe('settle under onFailure error', () => {
  test('emits the receipts of what was in flight, gives back what waited, then errors with all of it', () => {
    const bench = new FlowBench(testScheduler());
    const source = new Subject<Open<number> | Settled<number>>();
    const inFlight: Open<number>[] = [];
    const sent = new Subject<Settled<number>>();
    const emitted: SendOutcome<number>[] = [];
    const ends: unknown[] = [];
    source.pipe(admit(bench, { window: 3 })).subscribe({
      next: (envelope) => {
        if (envelope.outcome === undefined) {
          inFlight.push(envelope);
          envelope.holder = { stage: 'send', released: (one) => sent.next(one as Settled<number>) };
        } else sent.next(envelope);
      },
      complete: () => sent.complete(),
    });
    sent.pipe(settle()).subscribe({ next: (o) => emitted.push(o), error: (e: unknown) => ends.push(e) });

    for (const n of [1, 2, 3, 4, 5]) source.next(open(n));
    const [first, second, third] = inFlight;
    if (first === undefined || second === undefined || third === undefined) throw new Error('not in flight');
    failWith(first, 'maybe');
    succeed(second);
    expect(ends).toEqual([]);
    failWith(third);
    bench.flows[0]?.refill();

    expect(contexts(emitted)).toEqual([2]);
    const error = ends[0] as SendError<number>;
    expect(error).toBeInstanceOf(SendError);
    expect(error).toMatchObject({ code: 'RMQ_CONNECTION_LOST', stored: 'maybe' });
    expect(error.failure.context).toBe(1);
    expect(contexts(error.alsoFailed)).toEqual([3]);
    expect(contexts(error.notSent)).toEqual([4, 5]);
    expect(source.observed).toBe(false);
    expect(bench.statistics.snapshot()).toMatchObject({ offered: 5, sent: 1, failed: 4, inFlight: 0, buffered: 0 });
  });

  test('shows no body and no failure in JSON or inspect', () => {
    const envelope = failWith(open(1));
    const error = new SendError(envelope.outcome as Failure<number>);
    expect(JSON.stringify(error)).not.toContain('body');
    expect(Object.keys(error)).not.toContain('failure');
  });

  test('the source’s own error ends the stream when no message failed', () => {
    const { source, ends } = run({});
    source.next(succeed(open(1)));
    source.error(new Error('source'));
    expect(ends).toEqual([new Error('source')]);
  });

  test('can be subscribed to again', () => {
    const settled$ = of(succeed(open(1)));
    const seen: number[] = [];
    settled$.pipe(settle()).subscribe(({ context }) => seen.push(context));
    expect(seen).toEqual([1]);
  });
});
