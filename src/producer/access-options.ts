/**
 * The options that hold secrets: their kinds, what can be wrong with them, and how they are kept from being printed. What
 * they are for is written in `config.ts`.
 */
import { type Credentials, type CredentialsGiven, credentialsProblem } from '../access/credentials.js';
import { Sealed } from '../access/sealed.js';
import type { OptionCheck } from './check-options.js';
import { callback, either, object } from './option-kinds.js';

export const credentials = either(
  object<Credentials>('an object with accessKey, secretKey and perhaps securityToken'),
  callback<() => Credentials | Promise<Credentials>>('a function that returns one or a promise of one'),
);

/** As given, of the right kinds. */
interface GivenSecrets {
  readonly credentials: CredentialsGiven | undefined;
}

/** The same, where no log, error or inspect shows them. */
export interface SealedSecrets {
  readonly credentials?: Sealed<CredentialsGiven>;
}

/** Reports what is wrong inside of them to `check`; no value of theirs gets into the report. */
export function sealSecrets(given: GivenSecrets, check: OptionCheck): SealedSecrets {
  const { credentials: who } = given;
  const problem = who === undefined || typeof who === 'function' ? undefined : credentialsProblem(who);
  if (problem !== undefined) check.add('credentials', problem);
  return { ...(who !== undefined && { credentials: new Sealed(who) }) };
}
