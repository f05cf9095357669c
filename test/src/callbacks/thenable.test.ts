import { catchRejection, isThenable } from '../../../src/callbacks/thenable.js';

// oxlint-disable-next-line no-thenable -- what is tried is a thenable
const thenableOf = (then: unknown): object => ({ ['then']: then });
const boom = (): never => {
  throw new Error('boom');
};

test.each<[string, unknown, boolean]>([
  ['a promise', Promise.resolve(), true],
  ['a promise of another library', thenableOf(() => {}), true],
  [
    'a function with a then',
    Object.assign(
      () => {},
      thenableOf(() => {}),
    ),
    true,
  ],
  ['an object whose then is no function', thenableOf(1), false],
  // oxlint-disable-next-line no-thenable -- what is tried is one that is broken
  ['an object whose then throws', Object.defineProperty({}, 'then', { get: boom }), false],
  ['undefined', undefined, false],
  ['null', null, false],
  ['a text', 'then', false],
  ['an object', {}, false],
])('%s', (_, value, expected) => {
  expect(isThenable(value)).toBe(expected);
});

test('is known although the global Promise is another class', () => {
  const native = globalThis.Promise;
  const promise = Promise.resolve();
  globalThis.Promise = function Other() {} as never;
  try {
    expect(isThenable(promise)).toBe(true);
  } finally {
    globalThis.Promise = native;
  }
});

test.each<[string, unknown, readonly string[]]>([
  ['a promise that rejects', Promise.reject(new Error('boom')), ['Error: boom']],
  ['a thenable that rejects', thenableOf((_: unknown, reject: (reason: unknown) => void) => reject('boom')), ['boom']],
  ['a thenable that throws', thenableOf(boom), ['Error: boom']],
  ['a promise that resolves', Promise.resolve(1), []],
  ['any other value', 1, []],
])('the rejection of %s is caught, and told', async (_, value, expected) => {
  const told: string[] = [];
  catchRejection(value, (reason) => told.push(String(reason)));
  await new Promise(setImmediate);
  expect(told).toEqual(expected);
});
