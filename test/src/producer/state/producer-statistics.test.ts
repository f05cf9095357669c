import { ProducerStatistics } from '../../../../src/producer/state/producer-statistics.js';

test('a snapshot is what the counters were then', () => {
  const statistics = new ProducerStatistics(() => 0);
  statistics.offered = 3;
  statistics.recordLatency(4, 9, 0);
  const snapshot = statistics.snapshot();
  statistics.offered = 9;
  statistics.recordLatency(8, 18, 0);
  expect(snapshot).toMatchObject({ offered: 3, sent: 0, failed: 0, retried: 0, inFlight: 0, buffered: 0, strays: 0 });
  expect([snapshot.latencyMs.max, snapshot.totalLatencyMs.max]).toEqual([4, 9]);
});

test('has nothing to tell of latency before the first receipt, and nothing of one that is over a minute old', () => {
  let now = 0;
  const statistics = new ProducerStatistics(() => now);
  const nothing = { latencyMs: { p50: 0, p99: 0, max: 0 }, totalLatencyMs: { p50: 0, p99: 0, max: 0 } };
  expect(statistics.snapshot()).toMatchObject(nothing);
  statistics.recordLatency(4, 9, now);
  now = 59_999;
  expect(statistics.snapshot()).toMatchObject({ latencyMs: { max: 4 }, totalLatencyMs: { max: 9 } });
  now = 60_000;
  expect(statistics.snapshot()).toMatchObject(nothing);
});
