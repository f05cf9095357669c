/**
 * What a client proves who it is with, and what can be wrong with that. How requests are signed is `frame-signer.ts`.
 * Source: SessionCredentials.java (5.5.0).
 */

/** Of a user of the cluster: ACL 1.0 knows them from plain_acl.yml, ACL 2.0 as user name and password. */
export interface Credentials {
  /** Names the user; it travels with every request. */
  readonly accessKey: string;
  /** Signs every request, and never travels itself. */
  readonly secretKey: string;
  /** Of temporary credentials, as cloud services give them; it travels with every request. */
  readonly securityToken?: string | undefined;
}

/** Credentials, or where they come from each time. */
export type CredentialsGiven = Credentials | (() => Credentials | Promise<Credentials>);

const MAX_LENGTH = 4096;

/** What is wrong with `given` as credentials, without a word of what is in it; undefined for good ones. */
export function credentialsProblem(given: unknown): string | undefined {
  if (typeof given !== 'object' || given === null) return 'are no object with accessKey and secretKey';
  for (const name of ['accessKey', 'secretKey', 'securityToken'] as const) {
    const value: unknown = Reflect.get(given, name);
    if (value === undefined && name === 'securityToken') continue;
    const problem = textProblem(value);
    if (problem !== undefined) return `have a problem: ${name} ${problem}`;
  }
  return undefined;
}

function textProblem(value: unknown): string | undefined {
  if (value === undefined) return 'is missing';
  if (typeof value !== 'string') return 'is not a string';
  if (value === '') return 'is empty';
  if (value.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`;
  if (/\p{Cc}/u.test(value)) return 'has control characters (was it read from a file, with the end of its line?)';
  if (value.trim() !== value) return 'begins or ends with a blank';
  if (Buffer.from(value).toString() !== value) return 'is not well-formed Unicode';
  return undefined;
}
