import { looksLikeHttp2, recognizeStranger } from '../../../src/connection/stranger.js';

test.each([
  ['HTTP/1.1 400 Bad Request\r\n', 'HTTP'],
  ['SSH-2.0-OpenSSH_9.2\r\n', 'SSH'],
  ['\x15\x03\x03\x00\x02\x02\x28', 'TLS'],
  ['\x16\x03\x01\x00\xa5\x01', 'TLS'],
])('%j is recognised', (begin, name) => {
  expect(recognizeStranger(Buffer.from(begin, 'latin1'))).toContain(name);
});

test.each(['', 'H', 'random bytes', '\x15\x04\x03\x00'])('of %j nothing is claimed', (begin) => {
  expect(recognizeStranger(Buffer.from(begin, 'latin1'))).toBeUndefined();
});

test('the first frame of an HTTP/2 server is recognised, a frame of ours is not taken for one', () => {
  expect(looksLikeHttp2(Buffer.from('00001204000000000000', 'hex'))).toBe(true);
  expect(looksLikeHttp2(Buffer.from('0000008800000074', 'hex'))).toBe(false);
});
