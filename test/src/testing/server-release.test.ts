import { answerEncoding, serverRelease } from '../../../src/testing/server-release.js';

test('5.5.0 always answers in JSON, 4.9.7 in the encoding of the request', () => {
  const five = serverRelease('5.5.0');
  const four = serverRelease('4.9.7');
  expect([five.version, four.version]).toEqual([513, 407]);
  expect(answerEncoding(five, 'binary')).toBe('json');
  expect(answerEncoding(four, 'binary')).toBe('binary');
  expect(answerEncoding(four, 'json')).toBe('json');
});

test('version and header can be replaced; what is not given stays', () => {
  const release = serverRelease('5.5.0', { version: 453, header: undefined });
  expect(release).toEqual({ ...serverRelease('5.5.0'), version: 453 });
  expect(answerEncoding(serverRelease('5.5.0', { header: 'mirror' }), 'binary')).toBe('binary');
});
