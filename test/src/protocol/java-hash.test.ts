import fc from 'fast-check';
import { javaHashCode } from '../../../src/protocol/java-hash.js';

test('gives what Java gives', () => {
  expect(javaHashCode('')).toBe(0);
  expect(javaHashCode('a')).toBe(97);
  expect(javaHashCode('DEFAULT')).toBe(-2_032_180_703);
  // The shortest text whose hash is Integer.MIN_VALUE, and one character outside of the basic plane.
  expect(javaHashCode('polygenelubricants')).toBe(-(2 ** 31));
  expect(javaHashCode('😀')).toBe(1_772_899);
});

// Recorded in 5.5.0/send-selector-sharding: of 8 queues, the hash selector took number 6 and number 5.
test('leads to the queues that Java chose', () => {
  expect(['order-1', 'order-2'].map((key) => Math.abs(javaHashCode(key) % 8))).toEqual([6, 5]);
});

// The fingerprint of a heartbeat is the hash of its JSON without the client id.
test('gives the fingerprint that Java gave', () => {
  const json =
    '{"clientID":"","consumerDataSet":[],"heartbeatFingerprint":0,"producerDataSet":[{"groupName":"pg"}],"withoutSub":false}';
  expect(javaHashCode(json)).toBe(941_838_008);
});

test('is the polynomial of 31 over UTF-16 code units, as a 32-bit number', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      let exact = 0n;
      for (let i = 0; i < text.length; i++) exact = exact * 31n + BigInt(text.charCodeAt(i));
      expect(javaHashCode(text)).toBe(Number(BigInt.asIntN(32, exact)));
    }),
  );
});
