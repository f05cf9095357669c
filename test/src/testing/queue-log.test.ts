import { LOG_BYTES, type LogEntry, QueueLog } from '../../../src/testing/queue-log.js';

/** A record: what the log writes, then its number, then filling. */
function append(log: QueueLog, number: number, size: number, count?: number): void {
  const record = log.append(size, count);
  record.fill(number & 0xff, LOG_BYTES);
  record.writeInt32BE(number, LOG_BYTES);
}

const numbersIn = (entries: Iterable<LogEntry>): number[] =>
  Array.from(entries, ({ record }) => record.readInt32BE(LOG_BYTES));

function logOf(sizes: readonly number[]): QueueLog {
  const log = new QueueLog();
  for (const [number, size] of sizes.entries()) append(log, number, size);
  return log;
}

test('an empty queue has no records', () => {
  const log = new QueueLog();
  expect(log.length).toBe(0);
  expect([...log.records()]).toEqual([]);
  expect(log.read(0, 10, 1000)).toEqual([]);
});

test('records come back in order and unharmed over many chunks', () => {
  const sizes = Array.from({ length: 3000 }, (_, i) => 12 + ((i * 7919) % 2000));
  const log = logOf(sizes);
  expect(log.length).toBe(3000);
  const records = [...log.records()];
  expect(records.map(({ record }) => record.length)).toEqual(sizes);
  expect(records.map(({ offset, end }) => end - offset)).toEqual(sizes.map(() => 1));
  expect(numbersIn(records)).toEqual(sizes.map((_, i) => i));
  expect(records.every(({ record }, i) => record.subarray(12).every((byte) => byte === (i & 0xff)))).toBe(true);
});

test('a record larger than any chunk is stored whole', () => {
  const log = logOf([100, 5_000_000, 100]);
  expect(Array.from(log.records(), ({ record }) => record.length)).toEqual([100, 5_000_000, 100]);
});

test('reading starts at any offset, also behind chunk borders', () => {
  const log = logOf(Array.from({ length: 1000 }, () => 100));
  for (const offset of [0, 1, 39, 40, 41, 500, 999]) {
    expect(numbersIn(log.read(offset, 2, 10_000))).toEqual(offset === 999 ? [999] : [offset, offset + 1]);
  }
  expect(log.read(1000, 1, 100)).toEqual([]);
  expect(log.read(-1, 1, 100)).toEqual([]);
});

test('reading ends at the count, or before the bytes are exceeded, but not before the first record', () => {
  const log = logOf([100, 100, 100, 100]);
  expect(numbersIn(log.read(0, 3, 10_000))).toEqual([0, 1, 2]);
  expect(numbersIn(log.read(0, 10, 300))).toEqual([0, 1, 2]);
  expect(numbersIn(log.read(0, 10, 299))).toEqual([0, 1]);
  expect(numbersIn(log.read(0, 10, 1))).toEqual([0]);
});

test('a record of several offsets is found by each of them, and counts as so many', () => {
  const log = new QueueLog();
  for (const [number, count] of [1, 3, 1, 2].entries()) append(log, number, 100, count);
  expect(log.length).toBe(7);
  const placesFrom = (offset: number, maxCount = 10): string[] =>
    log.read(offset, maxCount, 10_000).map((entry) => `${entry.offset}-${entry.end}`);
  expect(placesFrom(0)).toEqual(['0-1', '1-4', '4-5', '5-7']);
  expect([placesFrom(1), placesFrom(2), placesFrom(3)].map(([first]) => first)).toEqual(['1-4', '1-4', '1-4']);
  expect(placesFrom(4)).toEqual(['4-5', '5-7']);
  expect(placesFrom(6)).toEqual(['5-7']);
  // As a real broker: three of the second do not fit behind the first, and what is asked for comes whole.
  expect(placesFrom(0, 2)).toEqual(['0-1']);
  expect(placesFrom(2, 1)).toEqual(['1-4']);
});

test('a gap takes an offset and nothing is read there', () => {
  const log = logOf([100]);
  log.skip();
  append(log, 2, 100);
  log.skip();
  expect([log.length, log.readableEnd, log.gaps]).toEqual([4, 3, 2]);
  expect(Array.from(log.records(), ({ offset, end }) => [offset, end])).toEqual([
    [0, 1],
    [2, 3],
  ]);
  expect(numbersIn(log.read(1, 10, 1000))).toEqual([2]);
  expect(log.read(3, 10, 1000)).toEqual([]);
});
