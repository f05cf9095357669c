/** Outcomes that hold their place in the window of `admit` until the subscriber has taken them. */
import { openEnvelope } from '../../src/producer/message/open-envelope.js';
import { contexts, type In, runAdmit } from './admit-kit.js';
import { LIMITS, open } from './operator-kit.js';
import { failAttempt, succeed } from './outcome-kit.js';

describe('outcomes that are kept until they are taken', () => {
  test('hold their place in the window, those of refused messages too', () => {
    const { source, keeper, settled, flow, passed } = runAdmit({ window: 2, keepsOutcomes: 'until-taken' });
    const refused = openEnvelope({ topic: '', body: 'x', context: 2 }, LIMITS);
    for (const envelope of [open(1), refused, open(3)]) source.next(envelope);
    expect(contexts(passed)).toEqual([1]);
    succeed(keeper.oldest);
    expect([contexts(settled), flow.isOpen]).toEqual([[2, 1], false]);
    for (const envelope of settled.slice()) {
      flow.outcomeTaken(envelope);
      flow.outcomeTaken(envelope);
    }
    flow.refill();
    expect([contexts(passed), flow.pressure.inFlight]).toEqual([[1, 3], 1]);
  });

  test('a refused message that waits for its place is counted once', () => {
    const { source, keeper, balance, settled, flow } = runAdmit({ window: 1, keepsOutcomes: 'until-taken' });
    source.next(open(1));
    source.next(openEnvelope({ topic: '', body: 'x', context: 2 }, LIMITS));
    expect(balance()).toBe('2 = 0 sent + 1 failed + 1 in flight + 0 buffered');
    succeed(keeper.oldest);
    const [first] = settled;
    if (first !== undefined) flow.outcomeTaken(first);
    flow.refill();
    expect([contexts(settled), balance()]).toEqual([[1, 2], '2 = 1 sent + 1 failed + 0 in flight + 0 buffered']);
  });
});

describe('keys under outcomes that are taken in the order of the source', () => {
  const keyed = (n: number, shardingKey: string): In =>
    openEnvelope({ topic: 'orders', body: 'x', context: n, shardingKey }, LIMITS);
  const ordered = { onFailure: 'skip' } as const;

  test('a message that waited behind its key goes although later outcomes hold every place', () => {
    const { source, keeper, passed, settled, flow } = runAdmit({ window: 2, keepsOutcomes: 'in-order', ordered });
    for (const [n, key] of [
      [1, 'a'],
      [2, 'a'],
      [3, 'b'],
      [4, 'c'],
    ] as const) {
      source.next(keyed(n, key));
    }
    expect(contexts(passed)).toEqual([1, 3]);
    succeed(keeper.oldest);
    flow.outcomeTaken(settled[0] ?? open(0));
    flow.refill();
    // The outcome of 3 holds its place until that of 2 was taken; 4 has none until then.
    expect(contexts(passed)).toEqual([1, 3, 2]);
    while (keeper.kept.length > 0) succeed(keeper.oldest);
    expect(contexts(passed)).toEqual([1, 3, 2]);
    for (const envelope of settled) flow.outcomeTaken(envelope);
    flow.refill();
    expect(contexts(passed)).toEqual([1, 3, 2, 4]);
  });

  test('so does one that was refused for it', () => {
    const { source, keeper, passed, settled, flow } = runAdmit({
      window: 1,
      windowBytes: 1000,
      buffer: { messages: 9, bytes: 1e6 },
      keepsOutcomes: 'in-order',
      ordered,
    });
    const refused = openEnvelope({ topic: '', body: 'x', context: 3 }, LIMITS);
    for (const envelope of [keyed(1, 'a'), keyed(2, 'a'), refused]) source.next(envelope);
    succeed(keeper.oldest);
    flow.outcomeTaken(settled[0] ?? open(0));
    flow.refill();
    expect(contexts(passed)).toEqual([1, 2]);
  });
});

describe('sources that can be paused, under keys whose outcomes are kept', () => {
  const keyed = (n: number, shardingKey: string, bytes = 1): In =>
    openEnvelope({ topic: 'orders', body: 'x'.repeat(bytes), context: n, shardingKey }, LIMITS);

  test.each(['until-taken', 'in-order'] as const)(
    'what is ended while it waits behind its key keeps a place for its outcome, and the gate closed (%s)',
    (keepsOutcomes) => {
      const { source, keeper, settled, flow } = runAdmit({
        window: 2,
        buffer: { messages: 4 },
        keepsOutcomes,
        ordered: { onFailure: 'halt-key' },
      });
      for (let n = 1; n <= 4; n++) source.next(keyed(n, 'a'));
      expect(flow.isOpen).toBe(true);
      failAttempt(keeper.oldest);
      expect(contexts(settled)).toEqual([1, 2, 3, 4]);
      expect(settled.map(({ isKept }) => isKept)).toEqual([true, true, true, true]);
      const openAfter = settled.map((envelope) => {
        flow.outcomeTaken(envelope);
        return flow.isOpen;
      });
      expect(openAfter).toEqual([false, false, true, true]);
    },
  );

  test('what has come to the head of its key meanwhile takes no room of what was being read', () => {
    const { source, keeper, passed, settled, flow } = runAdmit({
      window: 10,
      windowBytes: 2000,
      buffer: { messages: 3, bytes: 10_000 },
      keepsOutcomes: 'until-taken',
      ordered: { onFailure: 'halt-key' },
    });
    flow.addSource();
    flow.addSource();
    for (const envelope of [keyed(1, 'a', 1000), keyed(2, 'a', 1000), keyed(3, 'a')]) source.next(envelope);
    // Both sources may read one now.
    expect(flow.isOpen).toBe(true);
    succeed(keeper.oldest);
    source.next(keyed(4, 'b'));
    source.next(keyed(5, 'c'));
    expect([contexts(passed), contexts(settled)]).toEqual([[1], [1]]);
    expect(flow.pressure).toMatchObject({ buffered: 4, open: false });
  });
});
