import { LatencyHistogram } from '../../../src/observe/latency-histogram.js';

const summaryOf = (latencies: readonly number[]) => {
  const histogram = new LatencyHistogram();
  for (const ms of latencies) histogram.record(ms);
  return histogram.summary();
};

/** How far the estimate is from the truth, as a share of it. */
const deviation = (estimate: number, truth: number): number => Math.abs(estimate - truth) / truth;

describe('a latency histogram', () => {
  test('is all zeros before anything was recorded', () => {
    expect(summaryOf([])).toEqual({ p50: 0, p99: 0, max: 0 });
  });

  test('keeps the largest as it is, and no quantile is above it', () => {
    expect(summaryOf([3.21])).toEqual({ p50: expect.any(Number), p99: expect.any(Number), max: 3.21 });
    for (const ms of [0.01, 0.1, 3.21, 1e7]) expect(summaryOf([ms]).p99).toBeLessThanOrEqual(ms);
  });

  test.each([0.11, 1, 7.3, 250, 3000, 599_000])('is within 7 %% of the truth at %d ms', (ms) => {
    const { p50, p99 } = summaryOf([ms, ms, ms]);
    expect(deviation(p50, ms)).toBeLessThan(0.07);
    expect(deviation(p99, ms)).toBeLessThan(0.07);
  });

  test('finds the median and the 99th percentile among many, in whatever order they come', () => {
    const latencies = Array.from({ length: 1000 }, (_, n) => ((n * 617) % 1000) + 1);
    const { p50, p99, max } = summaryOf(latencies);
    expect(deviation(p50, 500)).toBeLessThan(0.07);
    expect(deviation(p99, 990)).toBeLessThan(0.07);
    expect(max).toBe(1000);
  });

  test('one in a hundred shows in the maximum, two show in the 99th percentile', () => {
    const fast = Array.from({ length: 98 }, () => 1);
    expect(summaryOf([...fast, 1, 500]).p99).toBeLessThan(1.1);
    expect(summaryOf([...fast, 500, 500]).p99).toBeGreaterThan(450);
  });

  test('can be added up, and cleared', () => {
    const [all, more] = [new LatencyHistogram(), new LatencyHistogram()];
    for (const ms of [1, 1, 1]) all.record(ms);
    for (const ms of [100, 100, 100, 100]) more.record(ms);
    const together = all.summary(more);
    expect(all.summary().max).toBe(1);
    all.add(more);
    expect(all.summary()).toEqual(together);
    expect(deviation(all.summary().p50, 100)).toBeLessThan(0.07);
    expect(all.summary().max).toBe(100);
    all.clear();
    expect(all.summary()).toEqual({ p50: 0, p99: 0, max: 0 });
  });

  test('takes what is below and above its range', () => {
    const { p50, max } = summaryOf([0, 1e9]);
    expect([p50, max]).toEqual([0.1, 1e9]);
  });
});
