import fc from 'fast-check';
import { formatOffsetMsgId, parseOffsetMsgId } from '../../../src/protocol/offset-msg-id.js';
import { expectViolation } from './frames.js';

// Written by the Java classes.
test('an id has the digits of Java', () => {
  const place = { host: '127.0.0.1', port: 10_911, commitLogOffset: 1_234_567n };
  expect(formatOffsetMsgId(place)).toBe('7F00000100002A9F000000000012D687');
  expect(parseOffsetMsgId('7F00000100002A9F000000000012D687')).toEqual(place);
});

test('an id of an IPv6 broker is longer', () => {
  const id = formatOffsetMsgId({ host: 'fd00::2', port: 10_911, commitLogOffset: 1n });
  expect(id).toBe('FD00000000000000000000000000000200002A9F0000000000000001');
  expect(parseOffsetMsgId(id).host).toBe('fd00::2');
});

test('every place comes back', () => {
  const place = fc.record({
    host: fc.oneof(fc.ipV4(), fc.constantFrom('::1', 'fd00::2', '2001:db8::8:800:200c:417a')),
    port: fc.nat(65_535),
    commitLogOffset: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  });
  fc.assert(fc.property(place, (lies) => expect(parseOffsetMsgId(formatOffsetMsgId(lies))).toEqual(lies)));
});

test('a text that cannot be one is a violation', () => {
  const good = '7F00000100002A9F000000000012D687';
  for (const id of [
    '',
    good.slice(1),
    good.slice(2),
    `${good}0`,
    `${good}00`,
    good.replace('F', 'G'),
    'x'.repeat(32),
  ]) {
    expectViolation(() => parseOffsetMsgId(id));
  }
});
