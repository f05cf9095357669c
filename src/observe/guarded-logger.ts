/**
 * The user's logger as the library calls it: in the async context in which it was configured, and with no effect on
 * anything but the log. How often a line may be repeated is decided in `rate-limited-logger.ts`.
 */
import type { CallbackContext } from '../callbacks/async-context.js';
import { catchRejection } from '../callbacks/thenable.js';
import { textOf } from '../callbacks/thrown.js';
import type { Logger, LogLevel } from './logger.js';

/**
 * Calls the methods of `logger` in `context`. What they throw, or reject with, is told once by a process warning
 * (RMQ_LOGGER_FAILED), because there is no log to tell it to.
 */
export function guardedLogger(logger: Logger, context: CallbackContext): Logger {
  let hasFailed = false;
  const failed = (reason: unknown): void => {
    if (hasFailed) return;
    hasFailed = true;
    process.emitWarning(`the logger of a producer failed, and lines are lost: ${textOf(reason)}`, {
      code: 'RMQ_LOGGER_FAILED',
    });
  };
  const write =
    (level: LogLevel) =>
    (o: object, m?: string): void => {
      try {
        catchRejection(
          context.run(() => logger[level](o, m)),
          failed,
        );
      } catch (thrown) {
        failed(thrown);
      }
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
