/** Order by key: what `admit` lets in and when, whatever becomes of the messages before. */
import fc from 'fast-check';
import { admit } from '../../operators/admit.js';
import { fromPull } from '../../operators/from-pull.js';
import { validateMessage } from '../../operators/validate-message.js';
import { createError } from '../../src/errors/rocketmq-error.js';
import type { Envelope } from '../../src/producer/message/envelope.js';
import type { Message } from '../../src/producer/message/message.js';
import { openEnvelope } from '../../src/producer/message/open-envelope.js';
import { VirtualTime } from '../src/time/virtual-time.js';
import { contexts, type In, runAdmit } from './admit-kit.js';
import { FlowBench, LIMITS } from './operator-kit.js';
import { failAttempt, Keeper, succeed } from './outcome-kit.js';

const keyed = (n: number, shardingKey?: string): Message<number> => ({
  topic: 'orders',
  body: `body ${n}`,
  context: n,
  ...(shardingKey !== undefined && { shardingKey }),
});
const open = (n: number, key?: string): In => openEnvelope(keyed(n, key), LIMITS);

const outcomes = (envelopes: readonly Envelope[]): string[] =>
  envelopes.map(({ context, outcome }) =>
    outcome === undefined || outcome.ok ? `${String(context)} ok` : `${String(context)} ${outcome.error.code}`,
  );

describe('messages of one key', () => {
  test('go one at a time, in order, while others pass them by', () => {
    const { source, passed, kept, bench } = runAdmit();
    for (const [n, key] of ['a', 'a', 'b', 'a', undefined, 'b', undefined].entries()) source.next(open(n, key));
    expect(contexts(passed)).toEqual([0, 2, 4, 6]);
    expect(bench.statistics).toMatchObject({ inFlight: 4, buffered: 3, lanes: 2 });
    succeed(kept(2));
    succeed(kept(0));
    expect(contexts(passed)).toEqual([0, 2, 4, 6, 5, 1]);
    succeed(kept(1));
    expect(contexts(passed).at(-1)).toBe(3);
    for (const n of [3, 4, 5, 6]) succeed(kept(n));
    expect(bench.statistics).toMatchObject({ inFlight: 0, buffered: 0, lanes: 0 });
  });

  test('are those whose key function says so; one that throws, or gives no string, fails its own message', () => {
    const key = (message: Message<unknown>): string | undefined => {
      const n = Number(message.context);
      if (n === 2) throw new Error('no key');
      // @ts-expect-error what a caller without types can do
      if (n === 3) return 3;
      return n < 5 ? 'same' : undefined;
    };
    const { source, passed, settled, kept } = runAdmit({ ordered: { key } });
    for (let n = 0; n < 7; n++) source.next(open(n, 'unused'));
    expect(contexts(passed)).toEqual([0, 5, 6]);
    expect(outcomes(settled)).toEqual(['2 RMQ_KEY_FAILED', '3 RMQ_KEY_FAILED']);
    expect(settled[0]?.outcome).toMatchObject({ stage: 'order', stored: 'no' });
    succeed(kept(0));
    expect(contexts(passed).at(-1)).toBe(1);
  });

  test('have no order where it is switched off, or where their own selector scatters them', () => {
    const off = runAdmit({ ordered: false });
    for (let n = 0; n < 3; n++) off.source.next(open(n, 'a'));
    expect(contexts(off.passed)).toEqual([0, 1, 2]);
    const scattered = runAdmit();
    for (let n = 0; n < 3; n++) {
      const envelope = open(n, 'a');
      envelope.selectQueue = 'round-robin';
      scattered.source.next(envelope);
    }
    expect(contexts(scattered.passed)).toEqual([0, 1, 2]);
  });

  test('under skip go on after a failure', () => {
    const { source, passed, settled, kept } = runAdmit({ ordered: { onFailure: 'skip' } });
    for (let n = 0; n < 2; n++) source.next(open(n, 'a'));
    failAttempt(kept(0));
    succeed(kept(1));
    expect(contexts(passed)).toEqual([0, 1]);
    expect(outcomes(settled)).toEqual(['0 RMQ_CONNECT_FAILED', '1 ok']);
  });

  test('under halt-key fail after a failure, those that wait and those that come; other keys go on', () => {
    const { source, passed, settled, kept, bench } = runAdmit({ ordered: { onFailure: 'halt-key' } });
    for (let n = 0; n < 3; n++) source.next(open(n, 'a'));
    source.next(open(3, 'b'));
    failAttempt(kept(0));
    source.next(open(4, 'a'));
    source.next(open(5, 'b'));
    expect(contexts(passed)).toEqual([0, 3]);
    expect(outcomes(settled)).toEqual([
      '0 RMQ_CONNECT_FAILED',
      '1 RMQ_KEY_HALTED',
      '2 RMQ_KEY_HALTED',
      '4 RMQ_KEY_HALTED',
    ]);
    const [failed, halted] = settled;
    expect(halted?.outcome).toMatchObject({ stage: 'order', stored: 'no', attempts: [] });
    expect(halted?.outcome).toHaveProperty('error.detail.failedMsgId', failed?.msgId);
    succeed(kept(3));
    expect(contexts(passed)).toEqual([0, 3, 5]);
    succeed(kept(5));
    expect(bench.statistics).toMatchObject({ offered: 6, sent: 2, failed: 4, inFlight: 0, buffered: 0, lanes: 0 });
  });

  test('under halt-key do not pass one that was refused before it was sent', () => {
    const { source, passed, settled, kept } = runAdmit({ ordered: { onFailure: 'halt-key' } });
    source.next(open(0, 'a'));
    source.next(open(2, 'a'));
    source.next(openEnvelope({ ...keyed(1, 'a'), topic: '' }, LIMITS));
    source.next(open(3, 'a'));
    succeed(kept(0));
    succeed(kept(2));
    expect(contexts(passed)).toEqual([0, 2]);
    expect(outcomes(settled)).toEqual(['1 RMQ_MESSAGE_INVALID', '3 RMQ_KEY_HALTED', '0 ok', '2 ok']);
  });

  test('that are stored, but not at their end yet, let the next one go: work that waits for it would wait for itself', () => {
    const { source, passed, kept, flow, bench } = runAdmit();
    const first = open(0, 'a');
    const ended: string[] = [];
    first.sequel = {
      begin: () => ended.push('begun'),
      expired() {},
      ended: () => ended.push('ended'),
    };
    source.next(first);
    source.next(open(1, 'a'));
    succeed(kept(0));
    expect(contexts(passed)).toEqual([0, 1]);
    expect(ended).toEqual(['begun']);
    succeed(first);
    succeed(kept(1));
    expect(ended).toEqual(['begun', 'ended']);
    expect([flow.isIdle, bench.statistics.lanes]).toEqual([true, 0]);
  });
});

describe('a busy key', () => {
  test('takes of the window only what is under way, and of the buffer what waits; beyond that it is refused', () => {
    const { source, passed, settled, bench } = runAdmit({ window: 2, buffer: { messages: 3 } });
    for (let n = 0; n < 5; n++) source.next(open(n, 'busy'));
    expect(bench.statistics).toMatchObject({ inFlight: 1, buffered: 3 });
    expect(outcomes(settled)).toEqual(['4 RMQ_OVERLOADED']);
    source.next(open(5, 'other'));
    expect(contexts(passed)).toEqual([0, 5]);
  });

  test('loses its oldest under drop-oldest, and whoever is then first goes', () => {
    const { source, passed, settled, kept } = runAdmit({
      window: 2,
      buffer: { messages: 2, onOverflow: 'drop-oldest' },
    });
    for (let n = 0; n < 4; n++) source.next(open(n, 'busy'));
    source.next(open(4, 'other'));
    source.next(open(5, 'third'));
    expect(outcomes(settled)).toEqual(['1 RMQ_DROPPED', '2 RMQ_DROPPED']);
    succeed(kept(0));
    succeed(kept(4));
    succeed(kept(3));
    expect(contexts(passed)).toEqual([0, 4, 5, 3]);
  });

  test('is dropped as a whole where every message makes room for the next', () => {
    const { source, passed, settled, kept } = runAdmit({
      window: 1,
      buffer: { messages: 1, onOverflow: 'drop-oldest' },
    });
    source.next(open(0));
    for (let n = 1; n < 4; n++) source.next(open(n, 'busy'));
    expect(outcomes(settled)).toEqual(['1 RMQ_DROPPED', '2 RMQ_DROPPED']);
    succeed(kept(0));
    expect(contexts(passed)).toEqual([0, 3]);
  });

  test('does not close the gate of a pull source before the buffer is full', () => {
    const time = new VirtualTime();
    const bench = new FlowBench(time.clock.scheduler);
    const keeper = new Keeper(() => {});
    const passed: Envelope[] = [];
    let read = 0;
    function* source(): Generator<Message<number>> {
      for (let n = 0; n < 100; n++) {
        read++;
        yield keyed(n, n % 10 === 0 ? `other ${n}` : 'busy');
      }
    }
    fromPull(source())
      .pipe(validateMessage<number>(LIMITS), admit(bench, { window: 50, buffer: { messages: 20 } }))
      .subscribe((envelope) => {
        passed.push(envelope);
        if (envelope.outcome === undefined) keeper.keep(envelope);
      });
    // One of the busy key is under way, 20 wait; between them three others have passed.
    expect([read, passed.length, bench.statistics.buffered]).toEqual([24, 4, 20]);
    while (keeper.kept.length > 0) succeed(keeper.oldest);
    expect([read, passed.length]).toEqual([100, 100]);
    expect(bench.statistics).toMatchObject({ offered: 100, sent: 100, failed: 0, buffered: 0, lanes: 0 });
  });

  test('never overloads several asynchronous pull sources: each may have read one message more', async () => {
    const time = new VirtualTime();
    const bench = new FlowBench(time.clock.scheduler);
    const keeper = new Keeper(() => {});
    async function* source(): AsyncGenerator<Message<number>> {
      for (let n = 0; n < 20; n++) yield keyed(n, 'busy');
    }
    const { merge } = await import('rxjs');
    let mostBuffered = 0;
    merge(fromPull(source()), fromPull(source()), fromPull(source()))
      .pipe(validateMessage<number>(LIMITS), admit(bench, { buffer: { messages: 5, bytes: 300 } }))
      .subscribe((envelope) => {
        if (envelope.outcome === undefined) keeper.keep(envelope);
      });
    for (let turn = 0; turn < 200; turn++) {
      await new Promise(setImmediate);
      mostBuffered = Math.max(mostBuffered, bench.statistics.buffered);
      if (keeper.kept.length > 0) succeed(keeper.oldest);
    }
    expect(bench.statistics).toMatchObject({ offered: 60, sent: 60, failed: 0, lanes: 0 });
    expect(mostBuffered).toBeLessThanOrEqual(8);
  });
});

describe('stopping', () => {
  test('unsubscribe gives back what waits behind, as abandoned and not as halted', () => {
    const { source, settled, keeper, subscription, bench } = runAdmit({ ordered: { onFailure: 'halt-key' } });
    const sent = open(0, 'a');
    source.next(sent);
    sent.sink = { answered() {}, handedOver() {}, failed() {} };
    const waiting = [open(1, 'a'), open(2, 'a')];
    for (const envelope of waiting) source.next(envelope);
    subscription.unsubscribe();
    expect(outcomes(waiting)).toEqual(['1 RMQ_ABANDONED', '2 RMQ_ABANDONED']);
    failAttempt(sent);
    expect(settled).toHaveLength(1);
    expect(keeper.kept).toEqual([]);
    expect(bench.statistics).toMatchObject({ offered: 3, failed: 3, inFlight: 0, buffered: 0, lanes: 0 });
  });

  test('completion waits for the whole lane', () => {
    const { source, ends, kept } = runAdmit();
    for (let n = 0; n < 3; n++) source.next(open(n, 'a'));
    source.complete();
    for (let n = 0; n < 3; n++) {
      expect(ends).toEqual([]);
      succeed(kept(n));
    }
    expect(ends).toEqual(['complete']);
  });

  test('abort ends everything with its own error', () => {
    const { source, settled, flow, bench } = runAdmit({ ordered: { onFailure: 'halt-key' } });
    for (let n = 0; n < 3; n++) source.next(open(n, 'a'));
    flow.abort('shutdown', createError('RMQ_CLOSED', 'stopped'));
    expect(outcomes(settled)).toEqual(['0 RMQ_CLOSED', '1 RMQ_CLOSED', '2 RMQ_CLOSED']);
    expect(bench.statistics).toMatchObject({ buffered: 0, lanes: 0 });
  });

  test('a message whose time is up while it waits behind another fails, and the lane closes over it', () => {
    const { source, settled, passed, kept, time } = runAdmit();
    source.next(open(0, 'a'));
    const late = open(1, 'a');
    late.expiresAt = 100;
    source.next(late);
    source.next(open(2, 'a'));
    time.advance(200);
    expect(outcomes(settled)).toEqual(['1 RMQ_DEADLINE']);
    expect(late.outcome).toMatchObject({ stage: 'order', stored: 'no' });
    succeed(kept(0));
    expect(contexts(passed)).toEqual([0, 2]);
  });
});

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('offer' as const), key: fc.integer({ min: 0, max: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('succeed', 'fail'), which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('expire', 'refuse'), which: fc.nat(4) }) },
);

test('whatever is offered, fails, is dropped or refused: order holds, nothing is lost, and no lane is left', () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 20, maxLength: 120 }),
      fc.record({
        window: fc.integer({ min: 1, max: 6 }),
        messages: fc.integer({ min: 0, max: 6 }),
        onOverflow: fc.constantFrom('error' as const, 'drop-newest' as const, 'drop-oldest' as const),
        onFailure: fc.constantFrom('halt-key' as const, 'skip' as const),
      }),
      (steps, { window, messages, onOverflow, onFailure }) => {
        const run = runAdmit({ window, buffer: { messages, onOverflow }, ordered: { onFailure } });
        const { source, keeper, flow, passed, settled } = run;
        const { statistics } = run.bench;
        const offered: In[] = [];
        const check = (): void => {
          const { offered: all, sent, failed, inFlight, buffered, lanes } = statistics;
          expect(all).toBe(sent + failed + inFlight + buffered);
          expect(inFlight).toBeLessThanOrEqual(window);
          expect(buffered).toBeLessThanOrEqual(messages);
          const underWay = keeper.kept.map(({ laneKey }) => laneKey).filter((key) => key !== undefined);
          expect(new Set(underWay).size).toBe(underWay.length);
          const unsettled = offered.filter((one) => one.outcome === undefined && one.laneKey !== undefined);
          expect(lanes).toBe(new Set(unsettled.map(({ laneKey }) => laneKey)).size);
        };
        for (const one of steps) {
          if ('key' in one) {
            const key = one.key === 0 ? undefined : `key ${one.key}`;
            offered.push(open(offered.length, key));
          } else if (one.do === 'refuse') {
            offered.push(openEnvelope({ ...keyed(offered.length, `key ${one.which}`), topic: '' }, LIMITS));
          } else if (one.do === 'expire') {
            const waiting = offered.filter((envelope) => envelope.isBuffered);
            const late = waiting[one.which % waiting.length];
            if (late !== undefined) late.expiresAt = 1;
            flow.expire(2);
          } else {
            const envelope = keeper.kept[one.which % keeper.kept.length];
            if (envelope !== undefined && one.do === 'succeed') succeed(envelope);
            else if (envelope !== undefined) failAttempt(envelope);
          }
          const newest = offered.at(-1);
          if (newest !== undefined && newest.sequence === 0) source.next(newest);
          check();
        }
        while (keeper.kept.length > 0) {
          succeed(keeper.oldest);
          check();
        }
        expect(settled).toHaveLength(offered.length);
        expect(new Set(settled).size).toBe(offered.length);
        expect([statistics.lanes, statistics.buffered, flow.isIdle]).toEqual([0, 0, true]);
        for (const key of ['key 1', 'key 2', 'key 3', 'key 4']) {
          const order = passed.filter(({ laneKey }) => laneKey === key).map(({ context }) => Number(context));
          expect(order).toEqual(order.toSorted((a, b) => a - b));
          if (onFailure === 'skip') continue;
          const all = offered.filter(({ message }) => message.shardingKey === key);
          const firstFailed = all.findIndex(({ outcome }) => outcome?.ok === false);
          const after = firstFailed === -1 ? [] : all.slice(firstFailed + 1);
          expect(after.filter(({ outcome }) => outcome?.ok !== false)).toEqual([]);
        }
      },
    ),
    { numRuns: 150 },
  );
});
