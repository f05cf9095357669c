/**
 * Credentials made ready for signing: what does not change from request to request is computed once. It holds the secret
 * where nothing prints it.
 */
import { createSecretKey, type KeyObject } from 'node:crypto';
import type { Credentials } from './credentials.js';
import { AccessField } from './signature.js';

export class SigningKey {
  readonly #credentials: Credentials;
  readonly #key: KeyObject;

  constructor({ accessKey, secretKey, securityToken }: Credentials) {
    this.#credentials = { accessKey, secretKey, ...(securityToken === undefined ? {} : { securityToken }) };
    this.#key = createSecretKey(secretKey, 'utf8');
  }

  get secret(): KeyObject {
    return this.#key;
  }

  /** The fields that say who signs. */
  identity(): ReadonlyMap<string, string> {
    const { accessKey, securityToken } = this.#credentials;
    const fields = new Map<string, string>([[AccessField.ACCESS_KEY, accessKey]]);
    if (securityToken !== undefined) fields.set(AccessField.SECURITY_TOKEN, securityToken);
    return fields;
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
