import { Arrivals } from '../../../../src/producer/flow/arrivals.js';

test('numbers what comes, and calls those that watch until they stop', () => {
  let room = 5;
  const arrivals = new Arrivals(() => room);
  const seen: number[] = [];
  expect([arrivals.next(), arrivals.next()]).toEqual([1, 2]);
  const stop = arrivals.watch(() => {
    seen.push(arrivals.count);
    if (seen.length === 2) stop();
  });
  for (let n = 0; n < 4; n++) arrivals.next();
  expect([seen, arrivals.count]).toEqual([[2, 3], 6]);
  room = 7;
  expect(arrivals.capacity).toBe(7);
});
