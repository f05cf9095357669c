/**
 * The one timer behind all deadlines: every 50 ms it asks whoever has something pending what is overdue. A timer per
 * request would cost more than the request. What a deadline is, and what follows from it, is its holder's matter.
 *
 * Nothing is judged by the timer itself:
 *   1. an answer is in the socket's buffer, its deadline is still to come;
 *   2. the event loop is busy elsewhere until the deadline has passed;
 *   3. the loop runs timers before it reads sockets: the naive sweep reports a timeout for an answer that is here.
 * So the timer only notes the time, and what was overdue then is judged after the sockets were read once more.
 * Test: connection.test.ts, "an answer that came while the event loop was blocked beats its deadline".
 */
import type { Subscription } from 'rxjs';
import type { Clock } from './clock.js';

/** How late a deadline may be noticed. */
const PERIOD_MS = 50;

/** Something that has deadlines. */
export interface DeadlineHolder {
  /** Ends what was overdue at `now` (Clock.now()). Returns whether anything is still pending. Must not throw. */
  expire(now: number): boolean;
}

export class DeadlineSweep {
  readonly #clock: Clock;
  readonly #holders = new Set<DeadlineHolder>();
  #timer: Subscription | undefined;
  #isJudging = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Asks `holder` from now on, until it says that nothing is pending; then it has to come again. */
  watch(holder: DeadlineHolder): void {
    this.#holders.add(holder);
    this.#arm();
  }

  /** Asks `holder` no more. Without holders there is no timer. */
  unwatch(holder: DeadlineHolder): void {
    this.#holders.delete(holder);
    if (this.#holders.size > 0) return;
    this.#timer?.unsubscribe();
    this.#timer = undefined;
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#isJudging) return;
    this.#timer = this.#clock.after(PERIOD_MS, () => {
      this.#timer = undefined;
      this.#isJudging = true;
      const now = this.#clock.now();
      this.#clock.afterPoll(() => this.#judge(now));
    });
  }

  #judge(now: number): void {
    try {
      for (const holder of this.#holders) if (!holder.expire(now)) this.#holders.delete(holder);
    } finally {
      this.#isJudging = false;
      if (this.#holders.size > 0) this.#arm();
    }
  }
}
