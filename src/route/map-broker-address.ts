/** Calls the function `mapBrokerAddress` of a caller. Whose addresses those are, and what follows from a failure, is not decided here. */
import { catchRejection, isThenable } from '../callbacks/thenable.js';
import { messageOf } from '../callbacks/thrown.js';
import { createError } from '../errors/rocketmq-error.js';

/** What an address in a route is from here. Throws RMQ_ADDRESS_MAPPING_FAILED for a function that does not say at once. */
export function mapAddress(map: ((address: string) => string) | undefined, address: string): string {
  if (map === undefined) return address;
  let mapped: unknown;
  try {
    mapped = map(address);
  } catch (cause) {
    throw failed(address, `threw: ${messageOf(cause)}`, cause);
  }
  if (typeof mapped === 'string' && mapped !== '') return mapped;
  if (isThenable(mapped)) {
    catchRejection(mapped);
    throw failed(address, 'is asynchronous: it gave a promise');
  }
  throw failed(address, `gave ${mapped === '' ? 'an empty string' : mapped === null ? 'null' : typeof mapped}`);
}

const failed = (address: string, what: string, cause?: unknown): Error =>
  createError('RMQ_ADDRESS_MAPPING_FAILED', `mapBrokerAddress ${what} for the address ${address}`, {
    detail: { address },
    cause,
  });
