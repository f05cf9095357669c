/**
 * The option that says in which zone a producer is, and the environment variables that say it where the option does not.
 * What name servers make of it is not known here.
 * Source: DynamicalExtFieldRPCHook.java (5.5.0).
 */
import { environmentVariable } from '../../ids/environment.js';
import type { Zone } from '../../protocol/client-fields.js';
import { isObject, type Kind } from '../../options/option-kinds.js';

/** See `ProducerConfig.zone`. */
export interface ZoneOptions {
  readonly name: string;
  /** Whether routes show the brokers of the zone only. Default true. */
  readonly mode?: boolean | undefined;
}

/** It is a field of every header, and compared without regard to case. */
const isZoneName = (given: unknown): given is string =>
  typeof given === 'string' && /^[^\s\p{Cc}]{1,255}$/u.test(given);

export const zoneKind: Kind<string | ZoneOptions | false> = {
  allowed: 'a name of 1 to 255 characters without blanks, { name, mode: true or false }, or false',
  accepts(given): given is string | ZoneOptions | false {
    if (!isObject(given)) return given === false || isZoneName(given);
    const { name, mode = true, ...others } = given;
    return isZoneName(name) && typeof mode === 'boolean' && Object.keys(others).length === 0;
  },
};

/** What is given, or else what the environment says: there, as in Java, name and mode each for itself, unless blank. */
export function zoneOf(given: string | ZoneOptions | false | undefined): Zone | undefined {
  if (given === false) return undefined;
  if (typeof given === 'string') return { name: given, mode: 'true' };
  if (given !== undefined) return { name: given.name, ...((given.mode ?? true) && { mode: 'true' }) };
  const name = environmentVariable('ROCKETMQ_ZONE');
  const mode = environmentVariable('ROCKETMQ_ZONE_MODE');
  const zone = { ...(name.trim() !== '' && { name }), ...(mode.trim() !== '' && { mode }) };
  return Object.keys(zone).length === 0 ? undefined : zone;
}
