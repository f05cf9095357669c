import { timer } from 'rxjs';
import { backgroundScheduler } from '../../../src/time/background-scheduler.js';

const timersThatHold = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

test('work is done once, after its delay, with its state', async () => {
  const done: unknown[] = [];
  await new Promise<void>((resolve) => {
    backgroundScheduler.schedule(
      (state) => {
        done.push(state);
        setImmediate(resolve);
      },
      1,
      'state',
    );
  });
  expect(done).toEqual(['state']);
});

test('its timers never keep the process alive', () => {
  const before = timersThatHold();
  const subscription = backgroundScheduler.schedule(() => undefined, 60_000);
  expect(timersThatHold()).toBe(before);
  subscription.unsubscribe();
});

test('what is unsubscribed is not done', async () => {
  let isDone = false;
  const subscription = backgroundScheduler.schedule(() => {
    isDone = true;
  }, 1);
  subscription.unsubscribe();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(isDone).toBe(false);
});

test('rxjs can repeat on it, and stop', async () => {
  let ticks = 0;
  await new Promise<void>((resolve) => {
    const subscription = timer(1, 1, backgroundScheduler).subscribe(() => {
      if (++ticks < 3) return;
      subscription.unsubscribe();
      setTimeout(resolve, 20);
    });
  });
  expect(ticks).toBe(3);
});

test('a step of the wall clock moves nothing: its time is the monotonic one', () => {
  const wallClock = jest.spyOn(Date, 'now').mockReturnValue(0);
  const before = performance.now();
  const now = backgroundScheduler.now();
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(performance.now());
  wallClock.mockRestore();
});
