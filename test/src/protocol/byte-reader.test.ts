import { ByteReader } from '../../../src/protocol/byte-reader.js';
import { expectViolation } from './frames.js';

const reader = (hex: string): ByteReader => new ByteReader(Buffer.from(hex, 'hex'), 'a sample');

test('reads signed big-endian values one behind the other', () => {
  const sample = reader(['ff', 'fffe', 'fffffffd', 'fffffffffffffffc', 'abcd'].join(''));
  expect([sample.int8(), sample.int16(), sample.int32(), sample.int64()]).toEqual([-1, -2, -3, -4n]);
  expect(sample.remaining).toBe(2);
  expect(sample.bytes(2)).toEqual(Buffer.from('abcd', 'hex'));
  sample.end();
});

test('no read goes beyond the end, and the error says in what', () => {
  expectViolation(() => reader('').int8());
  expectViolation(() => reader('00').int16());
  expectViolation(() => reader('000000').int32());
  expectViolation(() => reader('00000000000000').int64());
  expectViolation(() => reader('00').bytes(2));
  expect(() => reader('00').bytes(-1)).toThrow('a sample is cut off, or a length in it is wrong');
});

test('a part ends where it ends', () => {
  const whole = reader('0102030405');
  const part = whole.part(2);
  expect(part.int16()).toBe(0x0102);
  expectViolation(() => part.int8());
  expect(whole.int8()).toBe(3);
  expectViolation(() => whole.end());
});
