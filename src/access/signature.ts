/**
 * The signature of a request, for both sides of the wire. Which requests are signed, and with whose key, is not decided
 * here.
 * Source: AclClientRPCHook.java, AclUtils.java, AclSigner.java (5.5.0); PlainAccessValidator.java (4.9.7).
 */
import { createHmac, type KeyObject } from 'node:crypto';
import type { ReceivedFrame } from '../protocol/received-frame.js';

/** The names of the fields that access control adds to a request. */
export const AccessField = {
  ACCESS_KEY: 'AccessKey',
  SECURITY_TOKEN: 'SecurityToken',
  SIGNATURE: 'Signature',
} as const;

/** Of every signature: the 20 bytes of SHA-1 as Base64. */
export const SIGNATURE_CHARACTERS = 28;

/** Servers contradict each other about this field of QUERY_MESSAGE; all agree to leave it out below version 400. */
const UNIQUE_KEY_QUERY = '_UNIQUE_KEY_QUERY';
const LAST_VERSION_WITHOUT_IT = 399;

const NOT_SIGNED = [AccessField.SIGNATURE];
const NOT_SIGNED_BEFORE_400 = [AccessField.SIGNATURE, UNIQUE_KEY_QUERY];

/** A text that one large header has made longer than this is not kept. */
const KEPT_BYTES = 16 * 1024;

export class Signatures {
  #text = Buffer.allocUnsafeSlow(4096);

  /**
   * Base64 of HMAC-SHA1 over the values of all fields but the signature, in the order of their names, and the body.
   * Names, code and opaque are not covered, and nothing keeps a recorded request from being sent again: use TLS where the
   * network is not trusted.
   *
   * `version`: as whose request it is read, where a server does not go by what the request says.
   */
  of({ index, body, version: ownVersion }: ReceivedFrame, key: KeyObject, version = ownVersion): string {
    const maxBytes = index.maxValueBytes;
    const text = maxBytes > this.#text.length ? this.#grow(maxBytes) : this.#text;
    const end = index.writeValues(text, version <= LAST_VERSION_WITHOUT_IT ? NOT_SIGNED_BEFORE_400 : NOT_SIGNED);
    const hmac = createHmac('sha1', key);
    const total = end + body.length;
    if (total > text.length) return hmac.update(text.subarray(0, end)).update(body).digest('base64');
    // A small body is copied in less time than another call takes.
    text.set(body, end);
    return hmac.update(text.subarray(0, total)).digest('base64');
  }

  #grow(bytes: number): Buffer {
    const text = Buffer.allocUnsafeSlow(bytes);
    if (bytes <= KEPT_BYTES) this.#text = text;
    return text;
  }
}
