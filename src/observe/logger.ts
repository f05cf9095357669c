/**
 * What the library writes its log lines to: the interface, silence, and pino as the default. How often a line may be
 * repeated is not decided here but in `rate-limited-logger.ts`.
 *
 * Rule for every line: values go into the object, the text is constant; never bodies, property values or credentials.
 */

import { neutralContext } from '../callbacks/neutral-context.js';

/** Four functions in pino's order of arguments; a pino, NestJS-pino or Fastify logger fits as it is. */
export interface Logger {
  debug(o: object, m?: string): void;
  info(o: object, m?: string): void;
  warn(o: object, m?: string): void;
  error(o: object, m?: string): void;
}

export type LogLevel = keyof Logger;

const ignore = (): void => undefined;

/** Writes nothing: what `logger: false` means. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/**
 * Warnings and errors as JSON lines on standard error, through pino. pino is loaded with the first line, so that a
 * process in which all goes well never pays for it, and where it cannot be loaded they are written without it; lines keep
 * their order, and those written while it loads wait. Its methods reject when a line cannot be written.
 */
export function createDefaultLogger(): Logger {
  let loading: Promise<Logger> | undefined;
  const write =
    (level: 'warn' | 'error') =>
    (o: object, m?: string): unknown => {
      loading ??= neutralContext.run(() => loadPino().catch(() => plainLogger));
      return loading.then((logger) => logger[level](o, m));
    };
  return { debug: ignore, info: ignore, warn: write('warn'), error: write('error') };
}

/** Writes lines like pino's, where pino cannot be loaded: in a bundle of ES modules, for one. */
const plainLogger: Logger = {
  debug: ignore,
  info: ignore,
  warn: (o, m) => writePlainly(40, o, m),
  error: (o, m) => writePlainly(50, o, m),
};

function writePlainly(level: number, o: object, msg?: string): void {
  const line = { level, time: Date.now(), pid: process.pid, name: 'rx-rocketmq', ...o, msg };
  const text = JSON.stringify(line, (_name, value: unknown) => (value instanceof Error ? plainError(value) : value));
  process.stderr.write(`${text}\n`);
}

const plainError = (error: Error): object => ({ type: error.name, message: error.message, stack: error.stack });

async function loadPino(): Promise<Logger> {
  const { pino } = await import('pino');
  // Synchronous, on standard error: nothing is lost at process.exit, and a program's output on stdout stays its own.
  const destination = pino.destination({ dest: 2, sync: true });
  // A full disk under standard error is told here besides, and without a listener it ends the process.
  destination.on('error', () => {});
  const logger: Logger = pino({ name: 'rx-rocketmq', level: 'warn' }, destination);
  return logger;
}
