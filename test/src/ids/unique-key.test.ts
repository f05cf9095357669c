import { nextUniqueKey, UniqueKeySequence } from '../../../src/ids/unique-key.js';

const monthStart = new Date(2026, 10, 1).getTime();

function sequenceAt(clock: { now: number }, address: readonly number[] = [127, 0, 0, 1]): UniqueKeySequence {
  return new UniqueKeySequence({
    address: Uint8Array.from(address),
    pid: 0x14572,
    process: Uint8Array.of(0x5f, 0xfd, 0x2b, 0x27),
    now: () => clock.now,
  });
}

const timePart = (key: string): number => Number.parseInt(key.slice(20, 28), 16);
const counterPart = (key: string): number => Number.parseInt(key.slice(28), 16);

describe('unique key', () => {
  test('has the parts of a key that the Java client made', () => {
    const address = [0xfd, ...Array<number>(14).fill(0), 2];
    const keys = sequenceAt({ now: monthStart + 0x63bc2617 }, address);
    expect(keys.next()).toBe('FD00000000000000000000000000000245725FFD2B2763BC26170000');
    expect(keys.next()).toBe('FD00000000000000000000000000000245725FFD2B2763BC26170001');
  });

  test('has 32 characters with an IPv4 address', () => {
    expect(sequenceAt({ now: monthStart }).next()).toBe('7F00000145725FFD2B27000000000000');
  });

  test('renders the time anew each millisecond and goes on counting', () => {
    const clock = { now: monthStart + 5 };
    const keys = sequenceAt(clock);
    keys.next();
    clock.now += 1;
    const second = keys.next();
    expect([timePart(second), counterPart(second)]).toEqual([6, 1]);
  });

  test('moves the time on by 1 ms when the counter starts again within one millisecond', () => {
    const keys = sequenceAt({ now: monthStart + 100 });
    const made = new Set<string>();
    for (let i = 0; i < 65_536; i++) made.add(keys.next());
    const wrapped = keys.next();
    made.add(wrapped);
    expect(made.size).toBe(65_537);
    expect([timePart(wrapped), counterPart(wrapped)]).toEqual([101, 0]);
  });

  test('never goes back, so that a clock set back makes no key twice', () => {
    const clock = { now: monthStart + 1000 };
    const keys = sequenceAt(clock);
    const made = new Set<string>();
    for (let i = 0; i < 65_536; i++) made.add(keys.next());
    clock.now -= 500;
    for (let i = 0; i < 65_536; i++) made.add(keys.next());
    clock.now += 500;
    for (let i = 0; i < 65_536; i++) made.add(keys.next());
    expect(made.size).toBe(3 * 65_536);
  });

  test('keeps its time while the clock is behind it', () => {
    const clock = { now: monthStart + 1000 };
    const keys = sequenceAt(clock);
    keys.next();
    clock.now -= 500;
    expect([keys.next(), keys.next()].map(timePart)).toEqual([1000, 1000]);
  });

  test('counts every key by one, also across the blocks that are rendered ahead', () => {
    const keys = sequenceAt({ now: monthStart });
    const counters = Array.from({ length: 70_000 }, () => counterPart(keys.next()));
    expect(counters.filter((counter, i) => counter !== (i & 0xffff))).toEqual([]);
  });

  test('starts the time again with the next month', () => {
    const clock = { now: new Date(2026, 11, 1).getTime() - 1 };
    const keys = sequenceAt(clock);
    expect(timePart(keys.next())).toBe(clock.now - monthStart);
    clock.now += 8;
    expect(timePart(keys.next())).toBe(7);
  });

  test('keeps the bit pattern of a time that an int32 does not hold', () => {
    const january = new Date(2026, 0, 1).getTime();
    const keys = sequenceAt({ now: january + 2 ** 31 + 3 });
    expect(keys.next().slice(20, 28)).toBe('80000003');
  });

  test('carries the pid and the present time of this process', () => {
    const before = Date.now();
    const key = nextUniqueKey();
    expect(key).toMatch(/^([0-9A-F]{32}|[0-9A-F]{56})$/);
    expect(Number.parseInt(key.slice(-24, -20), 16)).toBe(process.pid & 0xffff);
    const date = new Date(before);
    const start = new Date(date.getFullYear(), date.getMonth(), 1).getTime();
    expect(Number.parseInt(key.slice(-12, -4), 16)).toBeGreaterThanOrEqual(before - start);
    expect(nextUniqueKey()).not.toBe(key);
  });
});
