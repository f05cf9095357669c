import { recognizeHttp2, recognizeStranger } from '../../../src/connection/stranger.js';

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

test.each([
  ['SETTINGS of the gRPC port of a proxy of 5.5.0', '00001204000000000000037fffffff'],
  ['SETTINGS without values', '000000040000000000'],
  ['GOAWAY', '0000080700000000000000000000000001'],
])('a gRPC server is recognised by its %s', (_what, hex) => {
  expect(recognizeHttp2(Buffer.from(hex, 'hex'))).toMatch(/HTTP\/2.*gRPC.*name server.*proxy in cluster mode/);
});

test.each(['0000008800000074', '000012040000000100', '', '000000'])('%j is not taken for one', (hex) => {
  expect(recognizeHttp2(Buffer.from(hex, 'hex'))).toBeUndefined();
});
