import fc from 'fast-check';
import { crc32 } from '../../../src/protocol/crc32.js';

test('gives the check values of the standard', () => {
  expect(crc32(Buffer.from(''))).toBe(0);
  expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
  // The crc of the body `hi` in a stored message.
  expect(crc32(Buffer.from('hi')) & 0x7fffffff).toBe(0x58932aac);
});

test('one flipped bit is noticed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), (bytes, bit) => {
      const flipped = Uint8Array.from(bytes);
      const at = bit % bytes.length;
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (bit % 8));
      expect(crc32(flipped)).not.toBe(crc32(bytes));
    }),
  );
});
