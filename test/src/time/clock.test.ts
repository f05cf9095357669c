import { VirtualTimeScheduler } from 'rxjs';
import { Clock } from '../../../src/time/clock.js';
import { VirtualTime } from './virtual-time.js';

describe('in real time', () => {
  const clock = new Clock();

  test('it is monotonic: a step of the wall clock changes nothing', () => {
    const before = clock.now();
    const wallClock = jest.spyOn(Date, 'now').mockReturnValue(0);
    expect(clock.now()).toBeGreaterThanOrEqual(before);
    wallClock.mockRestore();
  });

  test('all of one turn of the event loop see the same tick, the next turn another', async () => {
    const tick = clock.tickNow();
    const later = performance.now() + 2;
    while (performance.now() < later);
    expect(clock.tickNow()).toBe(tick);
    await new Promise((resolve) => setImmediate(resolve));
    expect(clock.tickNow()).toBeGreaterThanOrEqual(later);
  });

  test('a new tick in the same turn sees the time that has passed in it', async () => {
    clock.tickNow();
    const later = performance.now() + 2;
    while (performance.now() < later);
    clock.newTick();
    const tick = clock.tickNow();
    expect(tick).toBeGreaterThanOrEqual(later);
    expect(clock.tickNow()).toBe(tick);
    const evenLater = performance.now() + 2;
    while (performance.now() < evenLater);
    await new Promise((resolve) => setImmediate(resolve));
    expect(clock.tickNow()).toBeGreaterThanOrEqual(evenLater);
  });

  test('what is to happen after the sockets were read happens in a later turn', async () => {
    const events: string[] = [];
    await new Promise<void>((resolve) => {
      clock.afterPoll(() => {
        events.push('after poll');
        resolve();
      });
      process.nextTick(() => events.push('this turn'));
    });
    expect(events).toEqual(['this turn', 'after poll']);
  });
});

describe('on a virtual scheduler', () => {
  test('time stands still until the scheduler moves it', () => {
    const time = new VirtualTime();
    const { clock } = time;
    let firedAt = -1;
    clock.after(3000, () => {
      firedAt = clock.now();
    });
    time.advance(2999);
    expect([clock.now(), clock.tickNow(), firedAt]).toEqual([2999, 2999, -1]);
    time.advance(1);
    expect(firedAt).toBe(3000);
  });

  test('"after poll" is played too, without time going by', () => {
    const scheduler = new VirtualTimeScheduler();
    const clock = new Clock(scheduler);
    let at = -1;
    clock.after(100, () =>
      clock.afterPoll(() => {
        at = clock.now();
      }),
    );
    scheduler.flush();
    expect(at).toBe(100);
  });

  test('a wait can be called off', () => {
    const time = new VirtualTime();
    let fired = false;
    const waiting = time.clock.after(10, () => {
      fired = true;
    });
    waiting.unsubscribe();
    time.advance(100);
    expect([fired, time.timers]).toEqual([false, 0]);
  });
});
