import fc from 'fast-check';
import { PendingRequests } from '../../../src/connection/pending-requests.js';

const LAST = 2 ** 31 - 1;

interface Entry {
  readonly deadlineAt: number;
  readonly name: string;
}

const entry = (name: string, deadlineAt = Number.POSITIVE_INFINITY): Entry => ({ name, deadlineAt });

function add(pending: PendingRequests<Entry>, name: string, deadlineAt?: number): number {
  const opaque = pending.nextOpaque();
  pending.add(opaque, entry(name, deadlineAt));
  return opaque;
}

test('an answer finds its request once', () => {
  const pending = new PendingRequests<Entry>();
  const a = add(pending, 'a');
  const b = add(pending, 'b');
  expect([a, b, pending.size]).toEqual([0, 1, 2]);
  expect(pending.take(b)?.name).toBe('b');
  expect(pending.take(b)).toBeUndefined();
  expect(pending.take(a)?.name).toBe('a');
  expect(pending.size).toBe(0);
});

test('an answer with another number finds nothing, also when the number would be in the same slot', () => {
  const pending = new PendingRequests<Entry>();
  add(pending, 'a');
  expect([64, 128, -64, 1, -1].map((opaque) => pending.take(opaque))).toEqual(Array(5).fill(undefined));
  expect(pending.take(0)?.name).toBe('a');
});

test('a number that is in use is never given out again, not even after the numbers wrapped', () => {
  const pending = new PendingRequests<Entry>(LAST - 10);
  const slow = add(pending, 'slow');
  const seen = new Set<number>();
  for (let n = 0; n < 1000; n++) {
    const opaque = add(pending, `quick ${n}`);
    expect(opaque).not.toBe(slow);
    expect(opaque).toBeGreaterThanOrEqual(0);
    seen.add(opaque);
    expect(pending.take(opaque)?.name).toBe(`quick ${n}`);
  }
  expect(seen.size).toBe(1000);
  expect(pending.take(slow)?.name).toBe('slow');
});

test('it grows with what is pending, and everything stays where an answer finds it', () => {
  const pending = new PendingRequests<Entry>(LAST - 500);
  const opaques = Array.from({ length: 5000 }, (_, n) => add(pending, String(n)));
  expect(new Set(opaques).size).toBe(5000);
  expect(opaques.map((opaque) => pending.take(opaque)?.name)).toEqual(opaques.map((_, n) => String(n)));
});

test('what is due is taken, oldest first, and the rest stays', () => {
  const pending = new PendingRequests<Entry>(LAST - 1);
  const names = ['a', 'b', 'c', 'd', 'e'];
  for (const [n, name] of names.entries()) add(pending, name, n % 2 === 0 ? 100 : 101);
  expect(pending.takeOverdue(99)).toEqual([]);
  expect(pending.takeOverdue(100).map(({ exchange }) => exchange.name)).toEqual(['a', 'c', 'e']);
  expect(pending.size).toBe(2);
  expect(pending.takeAll().map(({ opaque, exchange }) => [opaque, exchange.name])).toEqual([
    [LAST, 'b'],
    [1, 'd'],
  ]);
  expect(pending.size).toBe(0);
});

test('it knows which numbers were ever given out', () => {
  const pending = new PendingRequests<Entry>();
  expect(pending.wasGivenOut(0)).toBe(false);
  pending.take(add(pending, 'a'));
  expect([-1, 0, 1, 2].map((opaque) => pending.wasGivenOut(opaque))).toEqual([false, true, false, false]);
});

test('after the wrap every number counts as given out, also where the last one was skipped', () => {
  const pending = new PendingRequests<Entry>(LAST);
  expect(pending.wasGivenOut(7)).toBe(false);
  add(pending, 'a');
  expect(pending.wasGivenOut(7)).toBe(true);
});

test('under any sequence of requests, answers and deadlines it pairs as a map would', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), deadlineAt: fc.nat(100) }),
    fc.record({ kind: fc.constant('answer' as const), pick: fc.nat() }),
    fc.record({ kind: fc.constant('expire' as const), now: fc.nat(100) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), fc.nat(300), (steps, before) => {
      const pending = new PendingRequests<Entry>(LAST - before);
      const model = new Map<number, Entry>();
      for (const [n, action] of steps.entries()) {
        if (action.kind === 'add') {
          const opaque = pending.nextOpaque();
          expect(model.has(opaque)).toBe(false);
          const added = entry(String(n), action.deadlineAt);
          pending.add(opaque, added);
          model.set(opaque, added);
        } else if (action.kind === 'answer') {
          const opaque = [...model.keys()][action.pick % Math.max(model.size, 1)] ?? action.pick;
          expect(pending.take(opaque)).toBe(model.get(opaque));
          model.delete(opaque);
        } else {
          const due = [...model].filter(([, { deadlineAt }]) => deadlineAt <= action.now);
          for (const [opaque] of due) model.delete(opaque);
          expect(pending.takeOverdue(action.now).map(({ opaque, exchange }) => [opaque, exchange])).toEqual(due);
        }
        expect(pending.size).toBe(model.size);
      }
      expect(pending.takeAll().map(({ opaque, exchange }) => [opaque, exchange])).toEqual([...model]);
    }),
  );
});
