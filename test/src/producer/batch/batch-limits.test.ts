import { batchLimits } from '../../../../src/producer/batch/batch-limits.js';

test('is undefined where batching is off', () => {
  expect([batchLimits(), batchLimits(false)]).toEqual([undefined, undefined]);
});

test('is all defaults for true, and fills in what is absent', () => {
  const defaults = { messages: 32, bytes: 65_536, lingerMs: 0 };
  expect([batchLimits(true), batchLimits({})]).toEqual([defaults, defaults]);
  expect(batchLimits({ messages: 5, lingerMs: 7 })).toEqual({ messages: 5, bytes: 65_536, lingerMs: 7 });
});
