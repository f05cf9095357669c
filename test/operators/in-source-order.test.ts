import { Subject } from 'rxjs';
import { inSourceOrder } from '../../operators/in-source-order.js';
import { createError } from '../../src/errors/rocketmq-error.js';
import type { Settled } from '../../src/producer/message/envelope.js';
import { Failure } from '../../src/producer/message/outcome.js';
import { open } from './operator-kit.js';
import { succeed } from './outcome-kit.js';

function settled(order: number): Settled<number> {
  const envelope = open(order);
  envelope.order = order;
  succeed(envelope);
  return envelope as Settled<number>;
}

function run() {
  const source = new Subject<Settled<number>>();
  const seen: unknown[] = [];
  source.pipe(inSourceOrder<number>()).subscribe({
    next: ({ context }) => seen.push(context),
    error: (error: unknown) => seen.push(error),
    complete: () => seen.push('complete'),
  });
  return { source, seen };
}

describe('inSourceOrder', () => {
  test('holds back what is early, and passes it on in its turn', () => {
    const { source, seen } = run();
    for (const order of [3, 2, 5]) source.next(settled(order));
    expect(seen).toEqual([]);
    source.next(settled(1));
    expect(seen).toEqual([1, 2, 3]);
    source.next(settled(4));
    source.complete();
    expect(seen).toEqual([1, 2, 3, 4, 5, 'complete']);
  });

  test('passes at once what was never taken', () => {
    const { source, seen } = run();
    source.next(settled(2));
    source.next(settled(0));
    expect(seen).toEqual([0]);
  });

  const dropped = (order: number): Settled<number> => {
    const envelope = open(order);
    envelope.order = order;
    const error = createError('RMQ_DROPPED', 'dropped');
    envelope.flow.settle(envelope, new Failure(envelope, { stage: 'overflow', error }));
    return envelope as Settled<number>;
  };

  test.each([
    ['in their order', [3, 4, 6]],
    ['in any order', [4, 6, 3]],
  ])('what was dropped from the buffer passes at once, and the others keep their order (%s)', (_, orders) => {
    const { source, seen } = run();
    source.next(settled(2));
    for (const order of orders) source.next(dropped(order));
    expect(seen).toEqual(orders);
    source.next(settled(7));
    source.next(settled(1));
    expect(seen).toEqual([...orders, 1, 2]);
    source.next(settled(5));
    source.next(dropped(8));
    source.next(settled(9));
    source.complete();
    expect(seen).toEqual([...orders, 1, 2, 5, 7, 8, 9, 'complete']);
  });

  test('of what was dropped nothing is kept but where it was, however much it is', () => {
    const { source, seen } = run();
    for (let order = 2; order < 50_000; order++) source.next(dropped(order));
    expect(seen).toHaveLength(49_998);
    source.next(settled(50_000));
    source.next(settled(1));
    expect(seen.slice(-2)).toEqual([1, 50_000]);
  });

  test('passes on once what comes twice', () => {
    const { source, seen } = run();
    const [first, second] = [settled(1), settled(2)];
    for (const envelope of [second, second, first, first]) source.next(envelope);
    expect(seen).toEqual([1, 2]);
  });

  test('an input that ends while others are passed on ends after them', () => {
    const source = new Subject<Settled<number>>();
    const seen: unknown[] = [];
    source.pipe(inSourceOrder<number>()).subscribe({
      next: ({ context }) => {
        seen.push(context);
        if (context === 1) source.complete();
      },
      complete: () => seen.push('complete'),
    });
    for (const order of [3, 2, 1]) source.next(settled(order));
    expect(seen).toEqual([1, 2, 3, 'complete']);
  });

  test('an error passes', () => {
    const { source, seen } = run();
    source.error('broken');
    expect(seen).toEqual(['broken']);
  });
});
