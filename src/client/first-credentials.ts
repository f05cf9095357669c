/**
 * Holds up the first questions of a client until its credentials function has given something to sign them with: every
 * message waits for a route first, so nothing else has to wait. It does not get credentials; `CredentialSource` does.
 */
import type { CredentialSource } from '../access/credential-source.js';
import { createError } from '../errors/rocketmq-error.js';
import type { Clock } from '../time/clock.js';

/**
 * Undefined where there is nothing to wait for. Otherwise resolves when there are credentials, and rejects with
 * RMQ_CREDENTIALS_UNAVAILABLE when the function fails, or keeps silent until `deadlineAt` (`Clock.now()`).
 */
export function firstCredentials(
  source: CredentialSource | undefined,
  clock: Clock,
  deadlineAt: number,
): Promise<void> | undefined {
  if (source === undefined || source.current !== undefined) return undefined;
  return new Promise<void>((resolve, reject) => {
    const timer = clock.after(Math.max(0, deadlineAt - clock.now()), () => {
      reject(createError('RMQ_CREDENTIALS_UNAVAILABLE', 'the credentials function did not answer in time'));
    });
    const settled = (): void => timer.unsubscribe();
    source.first().finally(settled).then(resolve, reject);
  });
}
