/**
 * The names of one client: client id and instance name. Producers that end up with one client id share one client
 * instance; who shares is decided in `client/client-registry.ts`.
 * Source: ClientConfig.buildMQClientId and changeInstanceNameToPID (5.5.0).
 */
import { randomInt } from 'node:crypto';

/** The instance name that stands for "not given". */
export const DEFAULT_INSTANCE_NAME = 'DEFAULT';

export interface ClientIdParts {
  readonly clientIp: string;
  readonly instanceName: string;
  readonly unitName?: string | undefined;
  /** Of a client whose requests say that they are part of a stream. */
  readonly isStream?: boolean | undefined;
}

/** `<ip>@<instance name>`, and behind it `@<unit name>` and `@STREAM`, each where it applies. */
export function formatClientId({ clientIp, instanceName, unitName = '', isStream = false }: ClientIdParts): string {
  const unit = unitName.trim() === '' ? '' : `@${unitName}`;
  return `${clientIp}@${instanceName}${unit}${isStream ? '@STREAM' : ''}`;
}

/**
 * `<pid>#<number>` for a producer that was given no instance name: nobody else has it, so that producers share an
 * instance only through an equal explicit name. The number is random (Java takes a clock), because two workers of one
 * process may read the same clock.
 */
export function uniqueInstanceName(): string {
  return `${process.pid}#${randomInt(2 ** 48 - 1)}`;
}
