import { ProducerStatistics } from '../../../../src/producer/state/producer-statistics.js';

test('a snapshot is what the counters were then', () => {
  const statistics = new ProducerStatistics();
  statistics.offered = 3;
  statistics.latency.record(4);
  const snapshot = statistics.snapshot();
  statistics.offered = 9;
  expect(snapshot).toMatchObject({ offered: 3, sent: 0, failed: 0, retried: 0, inFlight: 0, buffered: 0, strays: 0 });
  expect(snapshot.latencyMs.max).toBe(4);
});

test('has nothing to tell of latency before the first receipt', () => {
  expect(new ProducerStatistics().snapshot().latencyMs).toEqual({ p50: 0, p99: 0, max: 0 });
});
