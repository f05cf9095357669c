/**
 * What is wrong with options of TLS that Node takes without a word, and is then no help with: found before anything is
 * dialed. What Node itself refuses is not looked for.
 */
import { catchRejection, isThenable } from '../callbacks/thenable.js';
import { types } from 'node:util';

const PEM = '-----BEGIN ';

/** Undefined where nothing is. No value is in the text. */
export function tlsOptionsProblem(options: unknown): string | undefined {
  if (isThenable(options)) {
    catchRejection(options);
    return 'they are a promise, and must be there at once: a function may return what was read before';
  }
  if (typeof options !== 'object' || options === null)
    return `they are ${options === null ? 'null' : typeof options}, not an object`;
  const ca: unknown = Reflect.get(options, 'ca');
  const authorities: readonly unknown[] = Array.isArray(ca) ? ca : [ca];
  return authorities.every(isAuthority)
    ? undefined
    : 'ca has something else than certificates in PEM form: it takes their text, not the name of a file';
}

/**
 * Whether a server must prove who it is to be dialed with `given`, the option `tls`. A function is called; one that throws
 * opens no connection, so that none is unverified.
 */
export function verifiesServers(given: unknown): boolean {
  let options = given;
  try {
    if (typeof given === 'function') options = Reflect.apply(given, undefined, []);
  } catch {
    return true;
  }
  // Dialing refuses it.
  if (options instanceof Promise) options.catch(() => {});
  return typeof options !== 'object' || options === null || Reflect.get(options, 'rejectUnauthorized') !== false;
}

/** Node looks for certificates in it, and trusts nobody where it finds none. */
const isAuthority = (ca: unknown): boolean => {
  if (typeof ca === 'string') return ca.includes(PEM);
  return !types.isUint8Array(ca) || Buffer.from(ca.buffer, ca.byteOffset, ca.byteLength).includes(PEM);
};
