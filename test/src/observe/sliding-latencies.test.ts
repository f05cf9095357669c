import { SlidingLatencies } from '../../../src/observe/sliding-latencies.js';

const NONE = { p50: 0, p99: 0, max: 0 };

test('is all zeros before anything was recorded', () => {
  expect(new SlidingLatencies().summary(123_456)).toEqual(NONE);
});

test('forgets what is older than a minute, slice by slice, whether something is recorded or only looked at', () => {
  const latencies = new SlidingLatencies();
  for (let second = 0; second < 60; second++) latencies.record(second + 1, second * 1000);
  expect(latencies.summary(59_999).max).toBe(60);
  // The first ten seconds are given up.
  latencies.record(1, 60_000);
  expect(latencies.summary(60_000)).toEqual({ p50: expect.any(Number), p99: expect.any(Number), max: 60 });
  expect(latencies.summary(109_999).max).toBe(60);
  expect(latencies.summary(110_000).max).toBe(1);
  expect(latencies.summary(120_000)).toEqual(NONE);
});

test.each([59_999, 60_000, 65_000, 1e9])('a peak shows for a minute at most: %d ms later', (later) => {
  const latencies = new SlidingLatencies();
  latencies.record(3000, 0);
  for (let n = 0; n < 1000; n++) latencies.record(1, later);
  const { p50, max } = latencies.summary(later);
  expect(p50).toBeLessThan(1.07);
  expect(max).toBe(later < 60_000 ? 3000 : 1);
});

test('begins at whatever time the clock says', () => {
  for (const begin of [0, 5, 9_999, 1e7, -30_000]) {
    const latencies = new SlidingLatencies();
    latencies.record(7, begin);
    expect(latencies.summary(begin).max).toBe(7);
  }
});
