import { isLaterOpaque, opaqueAfter } from '../../../src/connection/opaque.js';

const LAST = 2 ** 31 - 1;

test('the number after the largest is 0: negative numbers are never given out', () => {
  expect([opaqueAfter(0), opaqueAfter(LAST - 1), opaqueAfter(LAST)]).toEqual([1, LAST, 0]);
});

test('later means later also across the wrap', () => {
  expect(isLaterOpaque(5, 4)).toBe(true);
  expect(isLaterOpaque(4, 5)).toBe(false);
  expect(isLaterOpaque(4, 4)).toBe(false);
  expect(isLaterOpaque(0, LAST)).toBe(true);
  expect(isLaterOpaque(LAST, 0)).toBe(false);
  expect(isLaterOpaque(1000, LAST - 1000)).toBe(true);
});
