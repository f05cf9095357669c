/** Puts what goes wrong with TLS into an error that says what to do about it. It does not open connections. */
import { createError, type RocketMQError } from '../errors/rocketmq-error.js';

/** By the codes of Node and OpenSSL. */
const hints: readonly (readonly [code: RegExp, hint: string])[] = [
  [
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|RECORD_LAYER/,
    'it does not speak TLS on this port: leave out tls, or give the port that does',
  ],
  [
    /ALTNAME_INVALID/,
    'the certificate is made out to another name: set tls.servername to the name in it, as routes tell addresses',
  ],
  [/CERT_HAS_EXPIRED/, 'the certificate of the server has expired'],
  [/CERT_NOT_YET_VALID/, 'the certificate of the server is not valid yet: compare the clocks'],
  [
    /SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|CERT_UNTRUSTED/,
    'nobody who is trusted here has signed the certificate: set tls.ca to the CA of the servers',
  ],
  [
    /ALERT_(CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE)/,
    'the server does not take the client certificate, or wants one: set tls.cert and tls.key',
  ],
  [
    /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|NO_SHARED_CIPHER|NO_CIPHER/,
    'server and client have no TLS version or cipher in common',
  ],
  [
    /ECONNRESET|EPIPE/,
    'the server closed the connection in the handshake: it may not take TLS (tls.server.mode=disabled), or wants a client certificate',
  ],
];

const CLOSED = 'ECONNRESET';

/** The error for a TLS connection to `address` that ended with `cause`; without one, the server closed it. */
export function tlsFailure(address: string, cause: Error | undefined): RocketMQError {
  const reason = cause === undefined ? CLOSED : codeOf(cause);
  const hint = hints.find(([code]) => code.test(reason))?.[1] ?? cause?.message ?? reason;
  return createError('RMQ_TLS_FAILED', `no TLS with ${address}: ${hint} (${reason})`, {
    detail: { address, reason },
    cause,
  });
}

/** Whether the error is about TLS itself, and not about the network below. */
export function isAboutTls(cause: Error): boolean {
  return /^(ERR_SSL|ERR_TLS|ERR_OSSL|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/.test(codeOf(cause));
}

/** The error for a server that was spoken to in plain text and wants TLS. */
export function wantsTlsError(address: string): RocketMQError {
  return createError('RMQ_TLS_FAILED', `${address} wants TLS: set tls (it closes connections without)`, {
    detail: { address, reason: 'PLAIN_TEXT' },
  });
}

function codeOf(cause: Error): string {
  const code: unknown = Reflect.get(cause, 'code');
  return typeof code === 'string' ? code : cause.message;
}
