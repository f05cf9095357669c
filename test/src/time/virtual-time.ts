/** A clock that stands still until the test moves it. */
import { VirtualTimeScheduler } from 'rxjs';
import { Clock } from '../../../src/time/clock.js';

export class VirtualTime {
  readonly scheduler = new VirtualTimeScheduler();
  readonly clock = new Clock(this.scheduler);

  /** Plays everything that is due in the next `ms`. */
  advance(ms: number): void {
    const until = this.scheduler.frame + ms;
    this.scheduler.maxFrames = until;
    this.scheduler.flush();
    this.scheduler.frame = until;
  }

  /** How many timers wait. */
  get timers(): number {
    return this.scheduler.actions.filter((action) => !action.closed).length;
  }
}
