import { KeepAlive } from '../../../src/time/keep-alive.js';

/** Node lists what keeps the process alive. */
const timersThatHold = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

test('the process is held from the first acquire to the last release', () => {
  const before = timersThatHold();
  const keepAlive = new KeepAlive();
  expect(timersThatHold()).toBe(before);
  keepAlive.acquire();
  keepAlive.acquire();
  expect(timersThatHold()).toBe(before + 1);
  keepAlive.release();
  expect(timersThatHold()).toBe(before + 1);
  keepAlive.release();
  expect(timersThatHold()).toBe(before);
  keepAlive.dispose();
});

test('it can be acquired again after everything was released', () => {
  const before = timersThatHold();
  const keepAlive = new KeepAlive();
  keepAlive.acquire();
  keepAlive.release();
  keepAlive.acquire();
  expect(timersThatHold()).toBe(before + 1);
  keepAlive.dispose();
});

test('after dispose nothing holds the process, whoever acquires or releases', () => {
  const before = timersThatHold();
  const keepAlive = new KeepAlive();
  keepAlive.acquire();
  keepAlive.dispose();
  expect(timersThatHold()).toBe(before);
  keepAlive.release();
  keepAlive.acquire();
  expect(timersThatHold()).toBe(before);
});
