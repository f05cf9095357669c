import { QueueLog } from '../../../src/testing/queue-log.js';

/** A record: its length, then its number, then filling. */
function append(log: QueueLog, number: number, size: number): void {
  const record = log.append(size);
  record.fill(number & 0xff);
  record.writeInt32BE(size, 0);
  record.writeInt32BE(number, 4);
}

const numbersIn = (records: Iterable<Buffer>): number[] => Array.from(records, (record) => record.readInt32BE(4));

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
  const sizes = Array.from({ length: 3000 }, (_, i) => 8 + ((i * 7919) % 2000));
  const log = logOf(sizes);
  expect(log.length).toBe(3000);
  const records = [...log.records()];
  expect(records.map((record) => record.length)).toEqual(sizes);
  expect(numbersIn(records)).toEqual(sizes.map((_, i) => i));
  expect(records.every((record, i) => record.subarray(8).every((byte) => byte === (i & 0xff)))).toBe(true);
});

test('a record larger than any chunk is stored whole', () => {
  const log = logOf([100, 5_000_000, 100]);
  expect(Array.from(log.records(), (record) => record.length)).toEqual([100, 5_000_000, 100]);
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
