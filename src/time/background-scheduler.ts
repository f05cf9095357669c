/**
 * The default scheduler of all timers: like rxjs' asyncScheduler, but its timers never keep the process alive.
 * What must keep the process alive is pending work, and that is `KeepAlive`'s question, not a timer's.
 */
import { type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';

class BackgroundAction<T> extends Subscription implements SchedulerAction<T> {
  readonly #work: (this: SchedulerAction<T>, state?: T) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(work: (this: SchedulerAction<T>, state?: T) => void) {
    super(() => clearTimeout(this.#timer));
    this.#work = work;
  }

  schedule(state?: T, delay = 0): Subscription {
    if (this.closed) return this;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#work.call(this, state), delay);
    this.#timer.unref();
    return this;
  }
}

/** Unref'd timers on the monotonic clock: `now()` is `performance.now()`, so a step of the wall clock moves no deadline. */
export const backgroundScheduler: SchedulerLike = {
  now: () => performance.now(),
  schedule: <T>(work: (this: SchedulerAction<T>, state: T) => void, delay = 0, state?: T): Subscription =>
    new BackgroundAction<T>(work as (this: SchedulerAction<T>, state?: T) => void).schedule(state, delay),
};
