import { Subject } from 'rxjs';
import { inSourceOrder } from '../../operators/in-source-order.js';
import type { Settled } from '../../src/producer/message/envelope.js';
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
