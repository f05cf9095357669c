import { mustBeSynchronous } from '../../../src/callbacks/must-be-synchronous.js';

// oxlint-disable-next-line no-thenable -- what is tried is a thenable
const rejecting = { ['then']: (_: unknown, reject: (reason: unknown) => void) => reject(new Error('boom')) };

test.each([
  ['a promise', async () => {}],
  ['a promise that rejects', () => Promise.reject(new Error('boom'))],
  ['a thenable that rejects', () => rejecting],
])('%s is refused', async (_, work) => {
  expect(() => mustBeSynchronous(work(), 'a selector')).toThrow(new TypeError('a selector must not be asynchronous'));
  // Its rejection would end the test run.
  await new Promise(setImmediate);
});

test.each([undefined, null, 0, 'x', {}, () => {}])('%p is let through', (value) => {
  expect(mustBeSynchronous(value)).toBeUndefined();
});
