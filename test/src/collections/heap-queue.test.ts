import fc from 'fast-check';
import { HeapQueue } from '../../../src/collections/heap-queue.js';

const create = (): HeapQueue<number> => new HeapQueue((a, b) => a < b);

test('an empty queue gives nothing', () => {
  const queue = create();
  expect([queue.length, queue.peek(), queue.shift()]).toEqual([0, undefined, undefined]);
});

test('whatever is pushed and shifted, the least comes first', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer())), (steps) => {
      const queue = create();
      let model: number[] = [];
      for (const step of steps) {
        if (step === null) {
          expect(queue.shift()).toBe(model[0]);
          model = model.slice(1);
        } else {
          queue.push(step);
          model = [...model, step].sort((a, b) => a - b);
        }
        expect([queue.length, queue.peek()]).toEqual([model.length, model[0]]);
      }
      expect([...queue].sort((a, b) => a - b)).toEqual(model);
      queue.clear();
      expect(queue.length).toBe(0);
    }),
  );
});
