import { EMPTY, map, mergeMap, NEVER, Observable, of, share, Subject, tap, throwError } from 'rxjs';
import { admit } from '../../operators/admit.js';
import { fromPull } from '../../operators/from-pull.js';
import { settle } from '../../operators/settle.js';
import { validateMessage } from '../../operators/validate-message.js';
import { createError } from '../../src/errors/rocketmq-error.js';
import { createFlowGate } from '../../src/producer/create-flow-gate.js';
import type { Envelope, Settled } from '../../src/producer/message/envelope.js';
import type { Flow } from '../../src/producer/flow/flow.js';
import { SharedLimit } from '../../src/producer/flow/shared-limit.js';
import type { Message } from '../../src/producer/message/message.js';
import { openEnvelope } from '../../src/producer/message/open-envelope.js';
import { VirtualTime } from '../src/time/virtual-time.js';
import { contexts, type In, outcomes, runAdmit } from './admit-kit.js';
import { FlowBench, LIMITS, message, open, testScheduler } from './operator-kit.js';
import { Keeper, succeed } from './outcome-kit.js';

/** An envelope that takes `bytes` of the window. */
function sized(n: number, bytes: number): In {
  const overhead = openEnvelope({ topic: 'orders', body: 'x', context: n }, LIMITS).bytes - 1;
  return openEnvelope({ topic: 'orders', body: 'x'.repeat(bytes - overhead), context: n }, LIMITS);
}

describe('admit', () => {
  test('never, empty and error pass through', () => {
    const bench = new FlowBench(testScheduler());
    testScheduler().run(({ expectObservable }) => {
      expectObservable(NEVER.pipe(admit(bench))).toBe('');
      expectObservable(EMPTY.pipe(admit(bench))).toBe('|');
      expectObservable(throwError(() => 'error').pipe(admit(bench))).toBe('#');
    });
  });

  test('has never more in flight than the window, and admits in order', () => {
    const { source, keeper, flow, passed } = runAdmit({ window: 3 });
    for (let n = 1; n <= 8; n++) {
      source.next(open(n));
      expect(flow.pressure.inFlight).toBe(Math.min(n, 3));
    }
    for (let unsettled = 7; unsettled >= 0; unsettled--) {
      succeed(keeper.oldest);
      expect(flow.pressure.inFlight).toBe(Math.min(3, unsettled));
    }
    expect(contexts(passed)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(flow.pressure).toMatchObject({ inFlight: 0, inFlightBytes: 0, buffered: 0 });
  });

  test('has never more bytes in flight than windowBytes', () => {
    const { source, keeper, flow, passed } = runAdmit({ windowBytes: 1000, buffer: { messages: 9, bytes: 1e6 } });
    const sizes = [400, 600, 1, 1000, 500, 500, 400];
    for (const [n, bytes] of sizes.entries()) {
      // The overhead alone is more than a byte.
      source.next(sized(n, Math.max(bytes, 200)));
      expect(flow.pressure.inFlightBytes).toBeLessThanOrEqual(1000);
    }
    expect(flow.pressure.inFlightBytes).toBe(1000);
    while (keeper.kept.length > 0) {
      succeed(keeper.oldest);
      expect(flow.pressure.inFlightBytes).toBeLessThanOrEqual(1000);
    }
    expect(contexts(passed)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(flow.pressure.inFlightBytes).toBe(0);
  });

  test('admits a message that is larger than windowBytes alone', () => {
    const { source, keeper, flow, passed } = runAdmit({ windowBytes: 1000, buffer: { messages: 9, bytes: 1e6 } });
    for (const envelope of [sized(1, 300), sized(2, 5000), sized(3, 300)]) source.next(envelope);
    expect([contexts(passed), flow.pressure.inFlightBytes]).toEqual([[1], 300]);
    succeed(keeper.oldest);
    expect([contexts(passed), flow.pressure.inFlightBytes]).toEqual([[1, 2], 5000]);
    succeed(keeper.oldest);
    expect([contexts(passed), flow.pressure.inFlightBytes]).toEqual([[1, 2, 3], 300]);
  });

  test('settles what finds no room in the buffer, by count', () => {
    const { source, settled, balance } = runAdmit({ window: 1, buffer: { messages: 2, bytes: 1e6 } });
    for (const n of [1, 2, 3, 4, 5]) source.next(open(n));
    expect(outcomes(settled)).toEqual(['4 overflow no', '5 overflow no']);
    expect(settled[0]?.outcome).toHaveProperty('error.code', 'RMQ_OVERLOADED');
    expect(balance()).toBe('5 = 0 sent + 2 failed + 1 in flight + 2 buffered');
  });

  test('settles what finds no room in the buffer, by bytes; one message may always wait', () => {
    const { source, settled } = runAdmit({ window: 1, buffer: { messages: 9, bytes: 500 } });
    for (const envelope of [sized(1, 200), sized(2, 900), sized(3, 200)]) source.next(envelope);
    expect(outcomes(settled)).toEqual(['3 overflow no']);
  });

  test('nothing waits where the buffer is none', () => {
    const { source, settled } = runAdmit({ window: 1, buffer: { messages: 0, bytes: 0 } });
    for (const n of [1, 2]) source.next(open(n));
    expect(outcomes(settled)).toEqual(['2 overflow no']);
  });

  test('counts a refused message and passes it on without a slot', () => {
    const { source, settled, balance } = runAdmit();
    source.next(openEnvelope({ topic: 'a b', body: 'x', context: 1 }, LIMITS));
    expect(outcomes(settled)).toEqual(['1 validate no']);
    expect(balance()).toBe('1 = 0 sent + 1 failed + 0 in flight + 0 buffered');
  });

  test('ignores and counts an envelope that comes a second time, waiting or in flight', () => {
    const { source, bench, balance } = runAdmit({ window: 1 });
    const [one, two] = [open(1), open(2)];
    for (const envelope of [one, two, one, two]) source.next(envelope);
    expect(bench.statistics.strays).toBe(2);
    expect(balance()).toBe('2 = 0 sent + 0 failed + 1 in flight + 1 buffered');
  });

  test.each(['complete', 'error'] as const)('lets %s wait until everything accepted is settled', (end) => {
    const { source, keeper, ends, settled } = runAdmit({ window: 1 });
    source.next(open(1));
    source.next(open(2));
    if (end === 'complete') source.complete();
    else source.error('error');
    succeed(keeper.oldest);
    expect(ends).toEqual([]);
    succeed(keeper.oldest);
    expect(ends).toEqual([end]);
    expect(outcomes(settled)).toEqual(['1 ok', '2 ok']);
  });

  test('a message that a stage throws away gives its slot back', () => {
    const bench = new FlowBench(testScheduler());
    const source = new Subject<In>();
    source.pipe(admit(bench, { window: 1 })).subscribe();
    for (const n of [1, 2, 3]) source.next(open(n));
    expect(bench.statistics).toMatchObject({ offered: 3, failed: 3, inFlight: 0, buffered: 0 });
  });

  test('what is handed in while a message is passed on gets its slot when that is settled at once', () => {
    const bench = new FlowBench(testScheduler());
    const source = new Subject<In>();
    const seen: unknown[] = [];
    source.pipe(admit(bench, { window: 1 })).subscribe((envelope) => {
      seen.push(envelope.context);
      if (envelope.context === 1) source.next(open(2));
      succeed(envelope);
    });
    source.next(open(1));
    expect(seen).toEqual([1, 2]);
    expect(bench.flows[0]?.isIdle).toBe(true);
  });

  test('each subscription has a flow of its own', () => {
    const bench = new FlowBench(testScheduler());
    const admitted$ = NEVER.pipe(admit(bench, { window: 1 }));
    admitted$.subscribe();
    admitted$.subscribe();
    expect(bench.flows).toHaveLength(2);
  });

  test('a source that emits while it is subscribed to is left as soon as the flow takes no more', () => {
    const bench = new FlowBench(testScheduler());
    let emitted = 0;
    let isLeft = false;
    const eager$ = new Observable<In>((subscriber) => {
      for (let n = 0; n < 3; n++) {
        emitted++;
        subscriber.next(open(n));
      }
      return () => (isLeft = true);
    });
    const ends: unknown[] = [];
    eager$.pipe(admit(bench, { window: 2 })).subscribe({
      next(envelope) {
        succeed(envelope);
        (envelope.flow as Flow).closeAdmission();
      },
      complete: () => ends.push('complete'),
    });
    expect([emitted, isLeft, ends]).toEqual([3, true, ['complete']]);
    expect(bench.statistics).toMatchObject({ offered: 1, sent: 1 });
  });
});

describe('admit under a pull source', () => {
  test('reads no further than the window', () => {
    let read = 0;
    function* endless() {
      for (;;) yield open(read++);
    }
    const { keeper, flow, subscription } = runAdmit({ window: 4 }, fromPull(endless()));
    expect([read, flow.pressure.inFlight]).toEqual([4, 4]);
    succeed(keeper.oldest);
    succeed(keeper.oldest);
    expect([read, flow.pressure.inFlight, flow.pressure.buffered]).toEqual([6, 4, 0]);
    subscription.unsubscribe();
  });

  test('at most one pulled message waits, because its size did not fit', () => {
    let read = 0;
    function* endless() {
      for (;;) yield sized(read++, 400);
    }
    const { keeper, flow, subscription } = runAdmit({ windowBytes: 1000 }, fromPull(endless()));
    for (let n = 0; n < 10; n++) {
      expect(flow.pressure).toMatchObject({ inFlight: 2, inFlightBytes: 800, buffered: 1 });
      expect(read).toBe(3 + n);
      succeed(keeper.oldest);
    }
    subscription.unsubscribe();
  });

  test('two sources share one window', () => {
    let read = 0;
    function* endless(): Generator<In> {
      for (;;) yield open(read++);
    }
    const { keeper, flow, subscription } = runAdmit(
      { window: 3 },
      new Observable((subscriber) => {
        subscriber.add(fromPull(endless()).subscribe(subscriber));
        subscriber.add(fromPull(endless()).subscribe(subscriber));
      }),
    );
    for (let n = 0; n < 20; n++) {
      expect(flow.pressure.inFlight).toBe(3);
      succeed(keeper.oldest);
    }
    expect(read).toBe(23);
    subscription.unsubscribe();
  });

  test('a message that is buffered while a pull source goes on gets its slot', () => {
    const pushed = new Subject<In>();
    const { flow, keeper, passed, subscription } = runAdmit(
      { window: 1 },
      new Observable((subscriber) => {
        const pulled$ = fromPull([1, 2, 3].map((n) => open(n)));
        subscriber.add(pushed.subscribe(subscriber));
        subscriber.add(pulled$.subscribe(subscriber));
      }),
    );
    pushed.next(open(9));
    while (keeper.kept.length > 0) succeed(keeper.oldest);
    expect(contexts(passed)).toEqual([1, 9, 2, 3]);
    expect(flow.isIdle).toBe(true);
    subscription.unsubscribe();
  });

  test('a slot that comes free while the pull sources are resumed is not forgotten', () => {
    const pushed = new Subject<In>();
    const bench = new FlowBench(testScheduler());
    const kept: Envelope[] = [];
    const seen: unknown[] = [];
    const keeper = new Keeper(() => {});
    const merged$ = new Observable<In>((subscriber) => {
      subscriber.add(pushed.subscribe(subscriber));
      subscriber.add(fromPull([1, 2].map((n) => open(n))).subscribe(subscriber));
    });
    merged$.pipe(admit(bench, { window: 1 })).subscribe((envelope) => {
      seen.push(envelope.context);
      keeper.keep(envelope);
      if (envelope.context === 1) return;
      if (envelope.context === 2) pushed.next(open(9));
      succeed(envelope);
    });
    succeed(keeper.oldest);
    expect([seen, kept]).toEqual([[1, 2, 9], []]);
    expect(bench.statistics).toMatchObject({ sent: 3, inFlight: 0, buffered: 0 });
  });

  test('a million outcomes that come about at once grow no stack and starve nobody', async () => {
    const bench = new FlowBench(testScheduler());
    const count = 1_000_000;
    const envelope = open(0);
    function* same(): Generator<In> {
      for (let n = 0; n < count; n++) {
        yield Object.assign(envelope, { outcome: undefined, isEmitted: false, isAdmitted: false, sequence: 0 });
      }
    }
    let emitted = 0;
    let turns = 0;
    const turn = setInterval(() => turns++, 1);
    await new Promise<void>((resolve) => {
      fromPull(same())
        .pipe(
          admit(bench, { window: 1 }),
          tap((one) => succeed(one)),
        )
        .subscribe({ next: () => emitted++, complete: resolve });
    });
    clearInterval(turn);
    expect(emitted).toBe(count);
    expect(turns).toBeGreaterThan(10);
    expect(bench.statistics).toMatchObject({ offered: count, sent: count, inFlight: 0, inFlightBytes: 0 });
  }, 30_000);

  test('sending from inside a result handler is bounded and ordered', () => {
    const bench = new FlowBench(testScheduler());
    const source = new Subject<Message<number>>();
    const seen: number[] = [];
    source
      .pipe(
        validateMessage<number>(),
        admit<number>(bench, { window: 1 }),
        tap((envelope) => succeed(envelope)),
        (envelopes$) => (envelopes$ as Observable<Settled<number>>).pipe(settle<number>()),
      )
      .subscribe(({ context }) => {
        seen.push(context);
        if (context < 10_000) source.next(message(context + 1));
      });
    source.next(message(1));
    expect(seen).toHaveLength(10_000);
    expect(bench.statistics).toMatchObject({ offered: 10_000, sent: 10_000, inFlight: 0, buffered: 0 });
  });
});

test('a producer’s own error ends the stream: it takes no messages', () => {
  const error = createError('RMQ_CLOSED', 'closed');
  const ends: unknown[] = [];
  of(open(1))
    .pipe(
      admit({
        createFlow() {
          throw error;
        },
      }),
    )
    .subscribe({ error: (thrown: unknown) => ends.push(thrown) });
  expect(ends).toEqual([error]);
});

describe('admit beyond its buffer', () => {
  const buffer = { messages: 2 };

  test('error refuses the message that finds no room', () => {
    const { source, settled, flow } = runAdmit({ window: 1, buffer });
    for (let n = 1; n <= 4; n++) source.next(open(n));
    expect(outcomes(settled)).toEqual(['4 overflow no']);
    expect(settled[0]?.outcome).toMatchObject({ error: { code: 'RMQ_OVERLOADED' } });
    expect(flow.pressure.buffered).toBe(2);
  });

  test('drop-newest drops that message', () => {
    const { source, settled, keeper, passed } = runAdmit({
      window: 1,
      buffer: { ...buffer, onOverflow: 'drop-newest' },
    });
    for (let n = 1; n <= 4; n++) source.next(open(n));
    expect(settled[0]?.outcome).toMatchObject({ stage: 'overflow', stored: 'no', error: { code: 'RMQ_DROPPED' } });
    while (keeper.kept.length > 0) succeed(keeper.oldest);
    expect(contexts(passed)).toEqual([1, 2, 3]);
  });

  test('drop-oldest drops what has waited longest, and never what has a slot', () => {
    const { source, settled, keeper, passed } = runAdmit({
      window: 1,
      buffer: { ...buffer, onOverflow: 'drop-oldest' },
    });
    for (let n = 1; n <= 6; n++) source.next(open(n));
    expect(outcomes(settled)).toEqual(['2 overflow no', '3 overflow no', '4 overflow no']);
    while (keeper.kept.length > 0) succeed(keeper.oldest);
    expect(contexts(passed)).toEqual([1, 5, 6]);
  });

  test('drop-oldest drops as many as a large message needs', () => {
    const { source, settled, keeper, passed } = runAdmit({
      window: 1,
      buffer: { messages: 10, bytes: 1000, onOverflow: 'drop-oldest' },
    });
    for (let n = 1; n <= 4; n++) source.next(sized(n, 300));
    source.next(sized(5, 700));
    expect(contexts(settled)).toEqual([2, 3]);
    while (keeper.kept.length > 0) succeed(keeper.oldest);
    expect(contexts(passed)).toEqual([1, 4, 5]);
  });

  test('unbounded refuses nothing', () => {
    const { source, settled, flow } = runAdmit({
      window: 1,
      buffer: { messages: 0, bytes: 0, onOverflow: 'unbounded' },
    });
    for (let n = 1; n <= 5000; n++) source.next(open(n));
    expect([settled, flow.pressure.buffered]).toEqual([[], 4999]);
  });

  test('says which operator to look at when it overflows under a pull source', () => {
    const twelve = fromPull([1]).pipe(mergeMap(() => Array.from({ length: 12 }, (_, n) => open(n))));
    const { settled } = runAdmit({ window: 1, buffer: { messages: 2 } }, twelve);
    expect(settled[0]?.outcome).toMatchObject({
      error: { message: expect.stringContaining('between fromPull and here makes many messages') },
    });
  });

  test('tells once per turn how many found no room', () => {
    const { source, bench, time } = runAdmit({ window: 1, buffer: { messages: 0 } });
    for (let n = 1; n <= 4; n++) source.next(open(n));
    time.advance(1);
    source.next(open(5));
    time.advance(1);
    expect(bench.events).toEqual([
      { type: 'overflow', dropped: 3 },
      { type: 'overflow', dropped: 1 },
    ]);
  });

  test('what was settled while it waited is not kept behind a head that waits long', () => {
    const { source, flow } = runAdmit({ window: 1, buffer: { messages: 1000 } });
    for (let n = 1; n <= 500; n++) source.next(open(n));
    const before = flow.pressure.buffered;
    const late = open(501);
    source.next(late);
    flow.overflow(late, 'dropped');
    expect([before, flow.pressure.buffered]).toEqual([499, 499]);
  });
});

describe('a limit over all streams of a producer', () => {
  test('is never exceeded, and a greedy pull source starves no other', () => {
    const time = new VirtualTime();
    const limit = new SharedLimit({ messages: 10, bytes: undefined });
    const bench = new FlowBench(time.clock.scheduler, { limit });
    function* endless(): Generator<In> {
      for (let n = 0; ; n++) yield open(n);
    }
    const keepers = [0, 1, 2].map((at) => {
      const told = { at, passed: 0 };
      const keeper = new Keeper(() => {});
      const subscription = fromPull(endless())
        .pipe(admit(bench, { window: 100 }))
        .subscribe((envelope) => {
          told.passed++;
          keeper.keep(envelope);
        });
      return { keeper, told, subscription };
    });
    for (let round = 0; round < 3000; round++) {
      expect(bench.statistics.inFlight).toBeLessThanOrEqual(10 + keepers.length - 1);
      const fullest = keepers.toSorted((a, b) => b.keeper.kept.length - a.keeper.kept.length)[0];
      if (fullest !== undefined) succeed(fullest.keeper.oldest);
    }
    const passed = keepers.map(({ told }) => told.passed);
    expect(Math.min(...passed)).toBeGreaterThan(900);
    for (const { subscription } of keepers) subscription.unsubscribe();
  });
});

describe('a gate passed by hand', () => {
  test('holds a pull source that the pipeline cannot see, and goes with the pipeline', () => {
    const gate = createFlowGate({ window: 3 });
    let read = 0;
    function* endless(): Generator<In> {
      for (;;) yield open(read++);
    }
    const later = new Subject<void>();
    const { keeper, passed, subscription } = runAdmit(
      { window: 3, gate },
      later.pipe(mergeMap(() => fromPull(endless(), gate))),
    );
    later.next();
    expect([read, gate.open]).toEqual([3, false]);
    succeed(keeper.oldest);
    expect([read, passed.length]).toEqual([4, 4]);
    gate.pause();
    succeed(keeper.oldest);
    expect(read).toBe(4);
    gate.resume();
    expect(read).toBe(5);
    subscription.unsubscribe();
    expect(gate.open).toBe(false);
  });

  test('lets one source feed two pipelines at the pace of the slower one', () => {
    const gate = createFlowGate();
    let read = 0;
    function* endless(): Generator<number> {
      for (;;) yield read++;
    }
    const shared = new Subject<void>();
    const numbers$ = shared.pipe(
      mergeMap(() => fromPull(endless(), gate)),
      share(),
    );
    const fast = runAdmit({ window: 100, gate }, numbers$.pipe(map((n) => open(n))));
    const slow = runAdmit({ window: 2, gate }, numbers$.pipe(map((n) => open(n))));
    shared.next();
    expect(read).toBe(2);
    succeed(slow.keeper.oldest);
    expect([read, fast.flow.pressure.inFlight]).toEqual([3, 3]);
    for (const { subscription } of [fast, slow]) subscription.unsubscribe();
  });
});
