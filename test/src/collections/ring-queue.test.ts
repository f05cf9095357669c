import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { RingQueue } from '../../../src/collections/ring-queue.js';

test('what goes in first comes out first', () => {
  const queue = new RingQueue<string>();
  queue.push('a');
  queue.push('b');
  expect([queue.shift(), queue.shift(), queue.shift()]).toEqual(['a', 'b', undefined]);
});

test('the oldest can be looked at without being taken', () => {
  const queue = new RingQueue<string>();
  expect(queue.peek()).toBeUndefined();
  queue.push('a');
  expect([queue.peek(), queue.peek(), queue.length]).toEqual(['a', 'a', 1]);
});

test('it grows while its contents lie across the end of the slots, and keeps the order', () => {
  const queue = new RingQueue<number>();
  for (let n = 0; n < 16; n++) queue.push(n);
  for (let n = 0; n < 10; n++) queue.shift();
  for (let n = 16; n < 100; n++) queue.push(n);
  expect([...queue]).toEqual(Array.from({ length: 90 }, (_, index) => index + 10));
});

test('clear forgets everything and the queue can be used again', () => {
  const queue = new RingQueue<number>();
  for (let n = 1; n <= 40; n++) queue.push(n);
  queue.clear();
  expect([queue.length, queue.peek(), [...queue]]).toEqual([0, undefined, []]);
  queue.push(41);
  expect(queue.shift()).toBe(41);
});

test('it holds on to nothing that was shifted', async () => {
  const queue = new RingQueue<object>();
  for (let n = 0; n < 20; n++) queue.push({});
  const refs = Array.from({ length: 20 }, () => new WeakRef(queue.shift() ?? {}));
  // What a WeakRef gave out or was made of lives until the turn is over.
  await new Promise((resolve) => setImmediate(resolve));
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  expect(refs.filter((ref) => ref.deref() !== undefined)).toEqual([]);
  expect(queue.length).toBe(0);
});

test('it behaves as an array does under any sequence of operations', () => {
  const operation = fc.oneof(
    { weight: 5, arbitrary: fc.constant('push' as const) },
    { weight: 4, arbitrary: fc.constant('shift' as const) },
    { weight: 1, arbitrary: fc.constant('clear' as const) },
  );
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 400 }), (operations) => {
      const queue = new RingQueue<number>();
      let model: number[] = [];
      for (const [n, name] of operations.entries()) {
        switch (name) {
          case 'push':
            queue.push(n);
            model.push(n);
            break;
          case 'shift':
            expect(queue.shift()).toBe(model.shift());
            break;
          case 'clear':
            queue.clear();
            model = [];
            break;
        }
        expect(queue.length).toBe(model.length);
        expect(queue.peek()).toBe(model[0]);
      }
      expect([...queue]).toEqual(model);
    }),
  );
});
