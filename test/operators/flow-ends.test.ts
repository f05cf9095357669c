/** How the flow that `admit` opens comes to its end, and what becomes of the messages it then has. */
import { Subject } from 'rxjs';
import { createError } from '../../src/errors/rocketmq-error.js';
import { contexts, outcomes, runAdmit } from './admit-kit.js';
import { open } from './operator-kit.js';
import { failAttempt, succeed } from './outcome-kit.js';

const STOPPED = createError('RMQ_CLOSED', 'stopped');

describe('the end of a flow', () => {
  const full = () => {
    const state = runAdmit({ window: 2 });
    for (const n of [1, 2, 3, 4]) state.source.next(open(n));
    return state;
  };

  test('unsubscribe gives back what has no slot and what no broker has, and keeps the rest', () => {
    const state = full();
    const { keeper, subscription, bench, flow, source, balance } = state;
    // The first is with a broker; the second still waits for something here.
    const atBroker = keeper.oldest;
    atBroker.sink = { answered() {}, handedOver() {}, failed() {} };
    subscription.unsubscribe();
    expect(source.observed).toBe(false);
    expect(balance()).toBe('4 = 0 sent + 3 failed + 1 in flight + 0 buffered');
    expect(bench.events).toEqual([expect.objectContaining({ type: 'abandoned' })]);
    expect(bench.events[0]).toHaveProperty('failures.length', 3);
    succeed(atBroker);
    expect(balance()).toBe('4 = 1 sent + 3 failed + 0 in flight + 0 buffered');
    expect(flow.isIdle).toBe(true);
  });

  test('closeAdmission takes no more, sends what was accepted, and ends the stream with the error', () => {
    const { source, flow, keeper, settled, ends } = full();
    flow.closeAdmission(STOPPED);
    expect(source.observed).toBe(false);
    while (keeper.kept.length > 0) succeed(keeper.oldest);
    expect(outcomes(settled)).toEqual(['1 ok', '2 ok', '3 ok', '4 ok']);
    expect(ends).toEqual([STOPPED]);
  });

  test('closeAdmission does not turn the end of a source that had completed into an error', () => {
    const { source, flow, keeper, ends } = full();
    source.complete();
    flow.closeAdmission(STOPPED);
    while (keeper.kept.length > 0) succeed(keeper.oldest);
    expect(ends).toEqual(['complete']);
  });

  test('drainAdmitted gives back what waits and lets the rest end', () => {
    const { flow, keeper, settled, ends } = full();
    flow.drainAdmitted();
    expect(outcomes(settled)).toEqual(['3 abort no', '4 abort no']);
    succeed(keeper.oldest);
    succeed(keeper.oldest);
    expect(outcomes(settled)).toEqual(['3 abort no', '4 abort no', '1 ok', '2 ok']);
    expect(ends).toEqual(['complete']);
  });

  test('abort ends everything now: what is with a broker may be stored', () => {
    const { flow, keeper, settled, ends, balance } = full();
    keeper.oldest.sink = { answered() {}, handedOver() {}, failed() {} };
    const failures = flow.abort('shutdown', STOPPED);
    expect(outcomes(settled)).toEqual(['1 shutdown maybe', '2 shutdown no', '3 shutdown no', '4 shutdown no']);
    expect(failures).toHaveLength(4);
    expect(ends).toEqual([STOPPED]);
    expect(balance()).toBe('4 = 0 sent + 4 failed + 0 in flight + 0 buffered');
  });

  test('a message that is settled while the others are given back is not named twice', () => {
    const { source, flow } = runAdmit({
      window: 1,
      deadLetter: {
        next({ context }) {
          if (context === 1)
            fourth.flow.settle(
              fourth,
              Object.assign(Object.create(null), { ok: false, stage: 'abort', error: STOPPED }),
            );
        },
      },
    });
    const fourth = open(4);
    for (const envelope of [open(1), open(2), open(3), fourth]) source.next(envelope);
    expect(flow.abort('shutdown', STOPPED).map(({ context }) => context)).toEqual([1, 2, 3]);
  });

  test('time ends what has a slot; what waits has no deadline but its caller’s', () => {
    const { time, source, settled, keeper } = runAdmit({ window: 1 });
    const promised = open(3);
    promised.expiresAt = 500;
    for (const envelope of [open(1), open(2), promised]) source.next(envelope);
    time.advance(600);
    expect(outcomes(settled)).toEqual(['3 overflow no']);
    time.advance(2500);
    expect(outcomes(settled)).toEqual(['3 overflow no', '1 send no']);
    expect(settled[1]?.outcome).toMatchObject({ error: { code: 'RMQ_DEADLINE' } });
    expect(contexts(keeper.kept)).toEqual([2]);
    time.advance(2800);
    expect(settled).toHaveLength(2);
    time.advance(200);
    expect(outcomes(settled)).toEqual(['3 overflow no', '1 send no', '2 send no']);
  });

  test('the connection, not the flow, ends an attempt that is out of time', () => {
    const { time, source, settled, keeper } = runAdmit();
    source.next(open(1));
    keeper.oldest.sink = { answered() {}, handedOver() {}, failed() {} };
    time.advance(10_000);
    expect(settled).toEqual([]);
    failAttempt(keeper.oldest, 'RMQ_ATTEMPT_TIMEOUT');
    expect(outcomes(settled)).toEqual(['1 send maybe']);
  });

  test('no timer is left when nothing is pending', () => {
    const { time, source, keeper } = runAdmit();
    source.next(open(1));
    succeed(keeper.oldest);
    time.advance(100);
    expect(time.timers).toBe(0);
  });
});

describe('three ways to stop', () => {
  test('until takes no more, lets what was taken end, and completes', () => {
    const until = new Subject<void>();
    const { source, keeper, settled, ends } = runAdmit({ window: 1, until });
    for (let n = 1; n <= 3; n++) source.next(open(n));
    until.next();
    expect([source.observed, ends]).toEqual([false, []]);
    while (keeper.kept.length > 0) succeed(keeper.oldest);
    expect([outcomes(settled), ends]).toEqual([['1 ok', '2 ok', '3 ok'], ['complete']]);
  });

  test('until as a signal does the same, and one that is aborted already takes nothing', () => {
    const controller = new AbortController();
    const { source, ends } = runAdmit({ until: controller.signal });
    controller.abort();
    expect([source.observed, ends]).toEqual([false, ['complete']]);
    const late = runAdmit({ until: controller.signal });
    expect([late.source.observed, late.ends]).toEqual([false, ['complete']]);
  });

  test('until that ends without a value means nothing, and one that fails ends the stream with its error', () => {
    const until = new Subject<void>();
    const silent = runAdmit({ until });
    until.complete();
    expect(silent.source.observed).toBe(true);
    const broken = new Subject<void>();
    const { source, keeper, ends } = runAdmit({ until: broken });
    source.next(open(1));
    broken.error('broken');
    expect(ends).toEqual([]);
    succeed(keeper.oldest);
    expect(ends).toEqual(['broken']);
  });

  test('signal ends everything at once, and the stream with RMQ_ABORTED', () => {
    const controller = new AbortController();
    const { source, settled, ends, balance } = runAdmit({ window: 2, signal: controller.signal });
    for (let n = 1; n <= 4; n++) source.next(open(n));
    controller.abort('enough');
    expect(outcomes(settled).every((text) => text.endsWith(' abort no'))).toBe(true);
    expect(ends).toEqual([expect.objectContaining({ code: 'RMQ_ABORTED', cause: 'enough' })]);
    expect([source.observed, balance()]).toEqual([false, '4 = 0 sent + 4 failed + 0 in flight + 0 buffered']);
  });

  test('signal is heard after unsubscribe too, and let go of once nothing is pending', () => {
    const controller = new AbortController();
    const remove = jest.spyOn(controller.signal, 'removeEventListener');
    const { source, keeper, subscription, bench } = runAdmit({ signal: controller.signal });
    const sink = { answered() {}, handedOver() {}, failed() {} };
    for (const n of [1, 2]) source.next(Object.assign(open(n), { sink }));
    subscription.unsubscribe();
    succeed(keeper.oldest);
    expect(remove).not.toHaveBeenCalled();
    controller.abort();
    expect(bench.statistics).toMatchObject({ sent: 1, failed: 1, inFlight: 0 });
    const quiet = new AbortController();
    const removed = jest.spyOn(quiet.signal, 'removeEventListener');
    runAdmit({ signal: quiet.signal }).source.complete();
    expect(removed).toHaveBeenCalled();
  });
});
