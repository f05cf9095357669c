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
}

/** `<ip>@<instance name>`, and `@<unit name>` behind it where there is one. */
export function formatClientId({ clientIp, instanceName, unitName = '' }: ClientIdParts): string {
  return unitName.trim() === '' ? `${clientIp}@${instanceName}` : `${clientIp}@${instanceName}@${unitName}`;
}

/**
 * `<pid>#<number>` for a producer that was given no instance name: nobody else has it, so that producers share an
 * instance only through an equal explicit name. The number is random (Java takes a clock), because two workers of one
 * process may read the same clock.
 */
export function uniqueInstanceName(): string {
  return `${process.pid}#${randomInt(2 ** 48 - 1)}`;
}
