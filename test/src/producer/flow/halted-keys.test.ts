import { HaltedKeys } from '../../../../src/producer/flow/halted-keys.js';

const failed = (sequence: number) => ({ msgId: `id ${sequence}`, sequence });

test('a key is halted from the message on that failed first, whichever was told first', () => {
  const halted = new HaltedKeys();
  expect(halted.isEmpty).toBe(true);
  halted.add('a', failed(7));
  halted.add('a', failed(5));
  halted.add('a', failed(9));
  expect(halted.isEmpty).toBe(false);
  expect(halted.haltOf('a', 4)).toBeUndefined();
  expect(halted.haltOf('a', 5)).toBeUndefined();
  expect(halted.haltOf('a', 6)).toEqual(failed(5));
  expect(halted.haltOf('b', 100)).toBeUndefined();
});

test.each([
  ['10 000 keys', 10_000, (n: number) => `key ${n}`],
  ['1 Mi characters of keys', 64, (n: number) => `${n}`.padEnd(16_384)],
])('beyond %s every key is halted, because none may be forgotten', (_, most, key) => {
  const halted = new HaltedKeys();
  for (let n = 0; n < most; n++) halted.add(key(n), failed(n));
  expect([halted.isBeyond, halted.haltOf('other', 1e9)]).toEqual([false, undefined]);
  halted.add(key(most), failed(50_000));
  halted.add(key(most + 1), failed(40_000));
  expect(halted.isBeyond).toBe(true);
  expect(halted.haltOf('other', 1e9)).toEqual(failed(40_000));
  expect(halted.haltOf('other', 40_000)).toBeUndefined();
  expect(halted.haltOf(key(3), 4)).toEqual(failed(3));
  halted.add(key(3), failed(1));
  expect(halted.haltOf(key(3), 2)).toEqual(failed(1));
});
