import { Backoff } from '../../../src/time/backoff.js';

const delays = (backoff: Backoff, count: number): number[] => Array.from({ length: count }, () => backoff.next());

test('each delay is twice the one before, up to the cap', () => {
  const backoff = new Backoff({ firstMs: 100, capMs: 3000, random: () => 1 });
  expect(delays(backoff, 8)).toEqual([100, 200, 400, 800, 1600, 3000, 3000, 3000]);
});

test('jitter takes away up to half of a delay', () => {
  const backoff = new Backoff({ firstMs: 100, capMs: 3000, random: () => 0 });
  expect(delays(backoff, 3)).toEqual([50, 100, 200]);
});

test('after a reset it starts again from the first delay', () => {
  const backoff = new Backoff({ firstMs: 100, capMs: 3000, random: () => 1 });
  delays(backoff, 5);
  backoff.reset();
  expect(delays(backoff, 2)).toEqual([100, 200]);
});

test('without a source of chance it uses its own, within the same limits', () => {
  const backoff = new Backoff({ firstMs: 100, capMs: 100 });
  for (const delay of delays(backoff, 100)) {
    expect(delay).toBeGreaterThanOrEqual(50);
    expect(delay).toBeLessThanOrEqual(100);
  }
  expect(new Set(delays(backoff, 100)).size).toBeGreaterThan(1);
});
