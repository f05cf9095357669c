/**
 * The signature of a request, for both sides of the wire. Which requests are signed, and with whose key, is not decided
 * here.
 * Source: AclClientRPCHook.java, AclUtils.java, AclSigner.java (5.5.0); PlainAccessValidator.java (4.9.7).
 */
import { createHmac, type KeyObject } from 'node:crypto';

/** The names of the fields that access control adds to a request. */
export const AccessField = {
  ACCESS_KEY: 'AccessKey',
  SECURITY_TOKEN: 'SecurityToken',
  SIGNATURE: 'Signature',
} as const;

/** Servers contradict each other about this field of QUERY_MESSAGE; all agree to leave it out below version 400. */
const UNIQUE_KEY_QUERY = '_UNIQUE_KEY_QUERY';
const LAST_VERSION_WITHOUT_IT = 399;

/**
 * Base64 of HMAC-SHA1 over the values of all fields but the signature, in the order of their names, and the body. Names,
 * code and opaque are not covered, and nothing keeps a recorded request from being sent again: use TLS where the
 * network is not trusted.
 */
export function signatureOf(
  fields: ReadonlyMap<string, string>,
  body: Uint8Array,
  version: number,
  key: KeyObject,
): string {
  let text = '';
  for (const [name, value] of inOrder(fields)) {
    if (name === AccessField.SIGNATURE) continue;
    if (name === UNIQUE_KEY_QUERY && version <= LAST_VERSION_WITHOUT_IT) continue;
    text += value;
  }
  const hmac = createHmac('sha1', key).update(text, 'utf8');
  return (body.length === 0 ? hmac : hmac.update(body)).digest('base64');
}

/** By UTF-16 code units, as Java orders strings. The fields of a send are in order already. */
function inOrder(fields: ReadonlyMap<string, string>): Iterable<readonly [string, string]> {
  let previous = '';
  for (const name of fields.keys()) {
    if (name < previous) return [...fields].sort(([a], [b]) => (a < b ? -1 : 1));
    previous = name;
  }
  return fields;
}
