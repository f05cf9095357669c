import { isAboutTls, tlsFailure, wantsTlsError } from '../../../src/connection/tls-failure.js';

const withCode = (code: string): Error => Object.assign(new Error(`the words of ${code}`), { code });

test.each([
  ['ERR_SSL_WRONG_VERSION_NUMBER', /does not speak TLS on this port/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', /tls\.servername/],
  ['CERT_HAS_EXPIRED', /has expired/],
  ['CERT_NOT_YET_VALID', /not valid yet/],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', /tls\.ca/],
  ['SELF_SIGNED_CERT_IN_CHAIN', /tls\.ca/],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /tls\.ca/],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', /tls\.cert and tls\.key/],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', /no TLS version or cipher in common/],
  ['ECONNRESET', /tls\.server\.mode=disabled/],
  ['ERR_SSL_SOMETHING_NEW', /the words of ERR_SSL_SOMETHING_NEW/],
])('%s is put into words', (code, hint) => {
  const error = tlsFailure('10.0.0.1:9876', withCode(code));
  expect(error).toMatchObject({
    code: 'RMQ_TLS_FAILED',
    stored: 'no',
    retryable: true,
    detail: { address: '10.0.0.1:9876', reason: code },
  });
  expect(error.message).toMatch(hint);
});

test('a server that closed the connection is taken as one that reset it', () => {
  expect(tlsFailure('a:1', undefined)).toMatchObject({ detail: { reason: 'ECONNRESET' } });
});

test('tells the errors of TLS from those of the network', () => {
  expect(isAboutTls(withCode('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'))).toBe(true);
  expect(isAboutTls(withCode('UNABLE_TO_VERIFY_LEAF_SIGNATURE'))).toBe(true);
  expect(isAboutTls(withCode('ECONNREFUSED'))).toBe(false);
  expect(isAboutTls(new Error('no code'))).toBe(false);
});

test('who was spoken to in plain text and wants TLS is named', () => {
  expect(wantsTlsError('a:1')).toMatchObject({
    code: 'RMQ_TLS_FAILED',
    message: expect.stringMatching(/^a:1 wants TLS/),
  });
});
