/**
 * Puts a bound on how often one message is logged: a broker that is down for an hour is a few lines, not a full disk.
 * It also makes what peers sent fit for a line. It does not decide which lines are worth writing.
 */
import type { Subscription } from 'rxjs';
import { printable } from '../errors/printable.js';
import type { Clock } from '../time/clock.js';
import type { Logger, LogLevel } from './logger.js';

/** How many lines of one text are written in one interval. */
export interface LogRate {
  readonly lines: number;
  readonly intervalMs: number;
}

/** Five lines show whether a fault has a pattern; one summary in ten seconds shows that it goes on. */
const DEFAULT_LOG_RATE: LogRate = { lines: 5, intervalMs: 10_000 };

/** Texts are constants of this library, so there are few; the bound is for the day on which that is broken. */
const MAX_TEXTS = 256;

interface Tally {
  readonly level: LogLevel;
  readonly text: string;
  lines: number;
}

/**
 * A `Logger` in front of `logger`: of each distinct text and level, at most `rate.lines` per interval go through, and at
 * the interval's end one line says how many were left out. Control characters in strings become visible escapes. After
 * `close()` nothing is written any more and no timer runs.
 */
export class RateLimitedLogger implements Logger {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #rate: LogRate;
  readonly #tallies = new Map<string, Tally>();
  #interval: Subscription | undefined;
  #isClosed = false;

  constructor(logger: Logger, clock: Clock, rate: LogRate = DEFAULT_LOG_RATE) {
    this.#logger = logger;
    this.#clock = clock;
    this.#rate = rate;
  }

  debug(o: object, m?: string): void {
    this.#log('debug', o, m);
  }

  info(o: object, m?: string): void {
    this.#log('info', o, m);
  }

  warn(o: object, m?: string): void {
    this.#log('warn', o, m);
  }

  error(o: object, m?: string): void {
    this.#log('error', o, m);
  }

  /** Writes the summaries that are due, and is silent from then on. */
  close(): void {
    this.#endInterval();
    this.#isClosed = true;
  }

  #endInterval(): void {
    this.#interval?.unsubscribe();
    this.#interval = undefined;
    const tallies = [...this.#tallies.values()];
    this.#tallies.clear();
    for (const { level, text, lines } of tallies) {
      const leftOut = lines - this.#rate.lines;
      if (leftOut > 0) this.#write(level, { leftOut, intervalMs: this.#rate.intervalMs }, `${text} (lines left out)`);
    }
  }

  #log(level: LogLevel, o: object, m = ''): void {
    if (this.#isClosed) return;
    const tally = this.#tallyOf(level, printable(m));
    tally.lines += 1;
    if (tally.lines <= this.#rate.lines) this.#write(level, printableFields(o), tally.text);
  }

  #tallyOf(level: LogLevel, text: string): Tally {
    const key = `${level} ${text}`;
    const known = this.#tallies.get(key);
    if (known !== undefined) return known;
    if (this.#tallies.size >= MAX_TEXTS) this.#endInterval();
    const tally: Tally = { level, text, lines: 0 };
    this.#tallies.set(key, tally);
    this.#interval ??= this.#clock.after(this.#rate.intervalMs, () => this.#endInterval());
    return tally;
  }

  #write(level: LogLevel, o: object, text: string): void {
    this.#logger[level](o, text);
  }
}

/** Log objects are flat: one level of strings is all that can hold a peer's text. */
function printableFields(o: object): object {
  return Object.fromEntries(
    Object.entries(o).map(([name, value]: [string, unknown]) => [
      name,
      typeof value === 'string' ? printable(value) : value,
    ]),
  );
}
