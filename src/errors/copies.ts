/**
 * Names what copies of this library recognise of each other. One process may load several: the ESM and the CommonJS
 * entry point, the package twice in `node_modules`, a module registry of a test runner. `instanceof`, private fields and
 * module variables of one copy know nothing of another, but `Symbol.for` gives the same symbol to all of them.
 */

/** The version of the package; a test holds it equal to package.json. */
export const VERSION = '0.1.0';

/** Returns the key for `Symbol.for` of something that copies of every version understand: what is public and stays. */
export const publicKey = (name: string): string => `rx-rocketmq.${name}`;

/** Returns the key for `Symbol.for` of something internal, which only copies of this version understand. */
export const internalKey = (name: string): string => `rx-rocketmq@${VERSION}.${name}`;
