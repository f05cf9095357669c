import { AsyncLocalStorage } from 'node:async_hooks';
import { ambientContext, AsyncContext, inContext } from '../../../src/callbacks/async-context.js';

const user = new AsyncLocalStorage<string>();
const captured = (name: string): AsyncContext => user.run(name, () => new AsyncContext());

test('what runs in a captured context sees its stores, and so does what it begins', async () => {
  const context = captured('a');
  const later = user.run('b', () => context.run(() => Promise.resolve().then(() => user.getStore())));
  expect(user.run('b', () => context.run(() => user.getStore()))).toBe('a');
  expect(await later).toBe('a');
});

test('gives arguments on, returns what comes back, and throws what is thrown', () => {
  const context = captured('a');
  expect(context.run((x: number, y: number) => x - y, 3, 1)).toBe(2);
  expect(inContext(context, (x: number) => [x, user.getStore()])(1)).toEqual([1, 'a']);
  expect(() =>
    context.run(() => {
      throw new Error('boom');
    }),
  ).toThrow('boom');
});

test('is entered while its innermost run lasts, also after one that threw', () => {
  const [a, b] = [captured('a'), captured('b')];
  const seen: [boolean, boolean, string | undefined][] = [];
  const look = (): void => void seen.push([a.isEntered, b.isEntered, user.getStore()]);
  a.run(() => {
    look();
    b.run(() => {
      look();
      a.run(look);
    });
    expect(() =>
      b.run(() => {
        throw new Error('boom');
      }),
    ).toThrow('boom');
    look();
  });
  look();
  expect(seen).toEqual([
    [true, false, 'a'],
    [false, true, 'b'],
    [true, false, 'a'],
    [true, false, 'a'],
    [false, false, undefined],
  ]);
});

test('the ambient context changes nothing', () => {
  expect(user.run('a', () => ambientContext.run((x: number) => [x, user.getStore()], 1))).toEqual([1, 'a']);
});
