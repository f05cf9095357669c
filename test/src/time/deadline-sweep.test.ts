import { Subscription } from 'rxjs';
import { Clock } from '../../../src/time/clock.js';
import { DeadlineSweep } from '../../../src/time/deadline-sweep.js';
import { VirtualTime } from './virtual-time.js';

/** Pending for as many questions as it was told; notes when it was asked. */
class Holder {
  readonly askedAt: number[] = [];
  constructor(public questions: number) {}
  expire(now: number): boolean {
    this.askedAt.push(now);
    return --this.questions > 0;
  }
}

describe('in virtual time', () => {
  const time = new VirtualTime();
  const sweep = new DeadlineSweep(time.clock);

  test('there is no timer while nobody has anything pending', () => {
    expect(time.timers).toBe(0);
  });

  test('it asks every 50 ms until nothing is pending, with one timer for all', () => {
    const a = new Holder(2);
    const b = new Holder(3);
    sweep.watch(a);
    sweep.watch(b);
    sweep.watch(a);
    expect(time.timers).toBe(1);
    time.advance(1000);
    expect([a.askedAt, b.askedAt]).toEqual([
      [50, 100],
      [50, 100, 150],
    ]);
    expect(time.timers).toBe(0);
  });

  test('a holder that comes back is asked again', () => {
    const holder = new Holder(1);
    sweep.watch(holder);
    time.advance(100);
    sweep.watch(holder);
    time.advance(100);
    expect(holder.askedAt).toEqual([1050, 1150]);
  });

  test('a holder that leaves is not asked, and with the last one the timer goes', () => {
    const holder = new Holder(9);
    sweep.watch(holder);
    sweep.unwatch(holder);
    expect(time.timers).toBe(0);
    time.advance(100);
    expect(holder.askedAt).toEqual([]);
  });

  test('a holder that leaves while another is asked is not asked any more', () => {
    const second = new Holder(9);
    const first = {
      expire: () => {
        sweep.unwatch(second);
        return false;
      },
    };
    sweep.watch(first);
    sweep.watch(second);
    time.advance(100);
    expect(second.askedAt).toEqual([]);
    expect(time.timers).toBe(0);
  });
});

test('a holder that throws does not end the deadlines of the others', () => {
  const clock = new Clock();
  const due: (() => void)[] = [];
  clock.after = (_delayMs, callback) => {
    due.push(callback);
    return new Subscription();
  };
  clock.afterPoll = (callback) => callback();
  const sweep = new DeadlineSweep(clock);
  const healthy = new Holder(2);
  const broken = {
    expire: () => {
      throw new Error('broken');
    },
  };
  sweep.watch(broken);
  sweep.watch(healthy);
  expect(() => due.shift()?.()).toThrow('broken');
  sweep.unwatch(broken);
  due.shift()?.();
  due.shift()?.();
  expect(healthy.askedAt.length).toBe(2);
  expect(due).toEqual([]);
});

test('on real timers nothing is judged before the sockets had their turn, and the time judged is that of the timer', async () => {
  const clock = new Clock();
  const sweep = new DeadlineSweep(clock);
  const events: string[] = [];
  const afterPoll = clock.afterPoll.bind(clock);
  clock.afterPoll = (callback) => {
    events.push('timer');
    const timerAt = clock.now();
    afterPoll(() => {
      events.push('sockets were read');
      callback();
      expect(judgedAt).toBeLessThanOrEqual(timerAt);
    });
  };
  let judgedAt = Number.POSITIVE_INFINITY;
  await new Promise<void>((resolve) => {
    sweep.watch({
      expire(now) {
        judgedAt = now;
        events.push('judged');
        setImmediate(resolve);
        return false;
      },
    });
  });
  expect(events).toEqual(['timer', 'sockets were read', 'judged']);
});
