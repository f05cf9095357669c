/**
 * The options that hold secrets: their kinds, what can be wrong with them, and how they are kept from being printed. What
 * they are for is written in `config.ts`.
 */
import { type ConnectionOptions, createSecureContext } from 'node:tls';
import { type Credentials, type CredentialsGiven, credentialsProblem } from '../../access/credentials.js';
import { Sealed } from '../../access/sealed.js';
import { isNetwork, type SocksProxiesGiven, type SocksProxy } from '../../connection/socks-proxies.js';
import type { TlsGiven } from '../../connection/tls-dial.js';
import { tlsOptionsProblem } from '../../connection/tls-options.js';
import { areAddresses } from '../../route/name-servers.js';
import type { OptionCheck } from '../../options/check-options.js';
import { callback, either, isObject, object, text, trueOrFalse } from '../../options/option-kinds.js';

export const credentials = either(
  object<Credentials>('an object with accessKey, secretKey and perhaps securityToken'),
  callback<() => Credentials | Promise<Credentials>>('a function that returns one or a promise of one'),
);

export const tls = either(
  either(trueOrFalse, object<ConnectionOptions>("an object of options of Node's tls.connect")),
  callback<() => ConnectionOptions>('a function that returns one'),
);

const isOneAddress = (address: string): boolean => !address.includes(';') && areAddresses(address);

export const socksProxy = either(
  text("'host:port' of one proxy for all servers", isOneAddress),
  object<Readonly<Record<string, SocksProxy>>>('an object from network to proxy'),
);

/** As given, of the right kinds. */
interface GivenSecrets {
  readonly credentials: CredentialsGiven | undefined;
  readonly tls: TlsGiven | false | undefined;
  readonly socksProxy: SocksProxiesGiven | undefined;
}

/** The same, where no log, error or inspect shows them. */
export interface SealedSecrets {
  readonly credentials?: Sealed<CredentialsGiven> | undefined;
  readonly tls?: Sealed<TlsGiven> | undefined;
  readonly socksProxy?: Sealed<SocksProxiesGiven> | undefined;
}

/** Reports what is wrong inside of them to `check`; no value of theirs gets into the report. */
export function sealSecrets(given: GivenSecrets, check: OptionCheck): SealedSecrets {
  const problems = {
    credentials: isObject(given.credentials) ? givenCredentialsProblem(given.credentials) : undefined,
    tls: isObject(given.tls) ? tlsProblem(given.tls) : undefined,
    socksProxy: isObject(given.socksProxy) ? proxiesProblem(given.socksProxy) : undefined,
  };
  for (const [option, problem] of Object.entries(problems)) if (problem !== undefined) check.add(option, problem);
  return {
    ...(given.credentials !== undefined && { credentials: new Sealed(given.credentials) }),
    ...(given.tls !== undefined && given.tls !== false && { tls: new Sealed(given.tls) }),
    ...(given.socksProxy !== undefined && { socksProxy: new Sealed(given.socksProxy) }),
  };
}

const CREDENTIALS: ReadonlySet<string> = new Set(['accessKey', 'secretKey', 'securityToken']);

/** What a function gives may have more members, as clouds tell when theirs expire; what is written down was mistyped. */
function givenCredentialsProblem(credentials: Readonly<Record<string, unknown>>): string | undefined {
  const unknown = Object.keys(credentials).find((name) => !CREDENTIALS.has(name));
  if (unknown === undefined) return credentialsProblem(credentials);
  return `have a problem: ${JSON.stringify(unknown)} is none of ${[...CREDENTIALS].join(', ')}`;
}

/** Certificates and keys that cannot be read are found now, and not by the first connection. */
function tlsProblem(options: ConnectionOptions): string | undefined {
  try {
    createSecureContext(options);
  } catch (error) {
    const what = `cannot be used: ${error instanceof Error ? error.message : String(error)}`;
    return what.includes('no start line') ? `${what} (cert and key take texts in PEM form, not names of files)` : what;
  }
  const problem = tlsOptionsProblem(options);
  return problem && `cannot be used: ${problem}`;
}

function proxiesProblem(proxies: Readonly<Record<string, unknown>>): string | undefined {
  for (const [network, proxy] of Object.entries(proxies)) {
    if (!isNetwork(network)) return "has a name that is no network: it must be '10.0.0.0/8', a host, or '0.0.0.0/0'";
    const problem = proxyProblem(proxy);
    if (problem !== undefined) return `has a problem with ${network}: ${problem}`;
  }
  return undefined;
}

function proxyProblem(proxy: unknown): string | undefined {
  if (!isObject(proxy)) return 'it must be an object with address, and perhaps username and password';
  const { address, username, password, ...others } = proxy;
  if (typeof address !== 'string' || !isOneAddress(address)) return "its address must be 'host:port'";
  // The protocol has one byte for their lengths.
  if (username !== undefined && !isShort(username)) return 'its username must be a text of 1 to 255 bytes';
  if (password !== undefined && !isShort(password)) return 'its password must be a text of 1 to 255 bytes';
  if ((username === undefined) !== (password === undefined)) return 'it needs both username and password, or neither';
  return Object.keys(others).length === 0 ? undefined : 'it has other members than address, username and password';
}

function isShort(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= 255;
}
