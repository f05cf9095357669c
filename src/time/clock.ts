/**
 * The one clock of a client instance: monotonic time, timers and "after the sockets were read once more",
 * all on the injected scheduler, so that a TestScheduler plays thirty seconds of heartbeats in no time.
 */
import { neutralContext } from '../callbacks/neutral-context.js';
import { asyncScheduler, type SchedulerLike, type Subscription } from 'rxjs';
import { backgroundScheduler } from './background-scheduler.js';

export class Clock {
  readonly scheduler: SchedulerLike;
  readonly #isReal: boolean;
  #tickNow = Number.NaN;
  #isForgetDue = false;

  constructor(scheduler: SchedulerLike = backgroundScheduler) {
    this.scheduler = scheduler;
    this.#isReal = scheduler === backgroundScheduler || scheduler === asyncScheduler;
  }

  /** Milliseconds that only go forward; for deadlines and durations, never for a date. */
  now(): number {
    return this.#isReal ? performance.now() : this.scheduler.now();
  }

  /** `now()` read at most once per turn of the event loop: exact enough for what all messages of a turn share. */
  tickNow(): number {
    if (!this.#isReal) return this.scheduler.now();
    if (Number.isNaN(this.#tickNow)) {
      this.#tickNow = performance.now();
      if (!this.#isForgetDue) setImmediate(this.#forgetTick);
      this.#isForgetDue = true;
    }
    return this.#tickNow;
  }

  /**
   * Time has passed within the turn: sockets are read after whatever the application did in it, and what they bring would
   * seem to have come before that.
   */
  newTick(): void {
    this.#tickNow = Number.NaN;
  }

  /** Calls back once after `delayMs`, in no user's async context; unsubscribe to cancel. */
  after(delayMs: number, callback: () => void): Subscription {
    return neutralContext.run(() => this.scheduler.schedule(() => callback(), delayMs));
  }

  /** Calls back after the sockets were read once more: what has already arrived beats the verdict made in `callback`. */
  afterPoll(callback: () => void): void {
    if (this.#isReal) setImmediate(callback);
    else this.scheduler.schedule(() => callback(), 0);
  }

  readonly #forgetTick = (): void => {
    this.#isForgetDue = false;
    this.#tickNow = Number.NaN;
  };
}
