import { checkConfig } from '../../../../src/producer/config.js';
import { givenHooks, looksAtAttempts, looksAtRequests } from '../../../../src/producer/hooks/hook-options.js';

const config = { nameServers: 'localhost:1', group: 'group', logger: false } as const;

test('hooks may be an object with methods, and keep their this', () => {
  class Counting {
    #calls = 0;
    beforeSend(): void {
      this.#calls++;
    }
    get sum(): number {
      return this.#calls;
    }
  }
  const hooks = new Counting();
  const checked = checkConfig({ ...config, hooks });
  expect(checked.hooks).toBe(hooks);
  expect(givenHooks({ hooks })).toBe(hooks);
  Reflect.apply(hooks.beforeSend, checked.hooks, []);
  expect(hooks.sum).toBe(1);
});

test('without hooks there are none', () => {
  expect(checkConfig(config)).not.toHaveProperty('hooks');
  expect(givenHooks(undefined)).toBeUndefined();
});

test.each([
  [{ beforeSend: 'x' }, /hooks\.beforeSend is 'x', it must be a function of the context of the attempt/],
  [{ beforSend: () => {} }, /hooks\.beforSend is not an option, did you mean beforeSend\?/],
  [() => {}, /hooks is a function, it must be an object/],
])('%p is refused', (hooks, told) => {
  expect(() => checkConfig({ ...config, hooks })).toThrow(told);
});

test('what hooks look at is told by which there are', () => {
  const none = (): void => {};
  expect([looksAtAttempts({}), looksAtRequests({})]).toEqual([false, false]);
  for (const name of ['checkForbidden', 'beforeSend', 'afterSend'] as const) {
    expect([looksAtAttempts({ [name]: none }), looksAtRequests({ [name]: none })]).toEqual([true, false]);
  }
  for (const name of ['beforeRequest', 'afterResponse'] as const) {
    expect([looksAtAttempts({ [name]: none }), looksAtRequests({ [name]: none })]).toEqual([false, true]);
  }
  expect([looksAtAttempts({ endTransaction: none }), looksAtRequests({ endTransaction: none })]).toEqual([
    false,
    false,
  ]);
});
