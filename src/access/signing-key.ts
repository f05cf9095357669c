/**
 * Credentials made ready for signing: what does not change from request to request is computed once. It holds the secret
 * where nothing prints it.
 */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { encodeBinaryFields } from '../protocol/header-binary.js';
import { jsonPairs } from '../protocol/header-json.js';
import type { Credentials } from './credentials.js';
import { AccessField, SIGNATURE_CHARACTERS } from './signature.js';

/** Bytes that signing adds to a header, with room for the signature. */
export interface Addition {
  readonly bytes: Buffer;
  readonly signatureAt: number;
}

/** By what the header has already. */
export interface Additions {
  /** To the fields of a binary header. */
  readonly binary: Addition;
  /** Before the fields of a JSON header, with the comma between. */
  readonly json: Addition;
  /** To a JSON header without fields, with the comma behind. */
  readonly jsonFirst: Addition;
}

export class SigningKey {
  readonly #credentials: Credentials;
  readonly #key: KeyObject;
  readonly #additions: Additions;

  constructor({ accessKey, secretKey, securityToken }: Credentials) {
    this.#credentials = { accessKey, secretKey, ...(securityToken === undefined ? {} : { securityToken }) };
    this.#key = createSecretKey(secretKey, 'utf8');
    const token: [string, string][] = securityToken === undefined ? [] : [[AccessField.SECURITY_TOKEN, securityToken]];
    const blank = ' '.repeat(SIGNATURE_CHARACTERS);
    const fields = new Map([[AccessField.ACCESS_KEY, accessKey], ...token, [AccessField.SIGNATURE, blank]]);
    const pairs = jsonPairs(fields);
    this.#additions = {
      binary: addition(encodeBinaryFields(fields), ''),
      json: addition(Buffer.from(`${pairs},`), '",'),
      jsonFirst: addition(Buffer.from(`"extFields":{${pairs}},`), '"},'),
    };
  }

  get secret(): KeyObject {
    return this.#key;
  }

  /** The fields that say who signs, and the signature, as they lie in a header. */
  get additions(): Additions {
    return this.#additions;
  }

  isOf(credentials: Credentials): boolean {
    const { accessKey, secretKey, securityToken } = this.#credentials;
    return (
      accessKey === credentials.accessKey &&
      secretKey === credentials.secretKey &&
      securityToken === credentials.securityToken
    );
  }
}

const addition = (bytes: Buffer, behindSignature: string): Addition => ({
  bytes,
  signatureAt: bytes.length - behindSignature.length - SIGNATURE_CHARACTERS,
});
