import { fail } from '../../../../operators/stage.js';
import type { Envelope } from '../../../../src/producer/message/envelope.js';
import { UnsettledList } from '../../../../src/producer/flow/unsettled-list.js';
import { open } from '../../../operators/operator-kit.js';

const numbers = (envelopes: Iterable<Envelope>): unknown[] => [...envelopes].map(({ context }) => context);

function listOf(...given: readonly Envelope[]): UnsettledList {
  const list = new UnsettledList();
  for (const envelope of given) list.add(envelope);
  return list;
}

describe('the messages without an outcome', () => {
  test('keep their order, whichever of them leaves', () => {
    const [a, b, c, d] = [open(1), open(2), open(3), open(4)];
    const list = listOf(a, b, c);
    list.remove(b);
    list.add(d);
    expect([numbers(list), list.oldest]).toEqual([[1, 3, 4], a]);
    list.remove(a);
    list.remove(d);
    expect([numbers(list), list.oldest]).toEqual([[3], c]);
    list.remove(c);
    expect([list.isEmpty, list.oldest, numbers(list)]).toEqual([true, undefined, []]);
    list.add(b);
    expect([list.isEmpty, numbers(list)]).toEqual([false, [2]]);
  });

  test('of those that wait the first is found, past all that are in flight', () => {
    const [a, b, c] = [open(1), open(2), open(3)];
    const list = listOf(a, b, c);
    expect(list.oldestBuffered).toBeUndefined();
    b.isBuffered = true;
    c.isBuffered = true;
    expect(list.oldestBuffered).toBe(b);
  });

  test('can be gone through while they are settled, removed and joined by others', () => {
    const [a, b, c, d] = [open(1), open(2), open(3), open(4)];
    const list = listOf(a, b, c);
    const seen: unknown[] = [];
    for (const envelope of list) {
      seen.push(envelope.context);
      if (envelope !== a) continue;
      fail(b, 'send', 'RMQ_CONNECT_FAILED', new Error('refused'));
      for (const one of [a, b]) list.remove(one);
      list.add(d);
    }
    expect(seen).toEqual([1, 3]);
    expect(numbers(list)).toEqual([3, 4]);
  });
});
