import { hasQueueOfKey } from '../../../../src/producer/flow/ordered-options.js';

test('rotation and chance leave nothing to order', () => {
  expect(['round-robin' as const, 'random' as const, 'hash' as const, undefined].map(hasQueueOfKey)).toEqual([
    false,
    false,
    true,
    true,
  ]);
});
