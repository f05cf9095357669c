import * as kinds from '../../../src/options/option-kinds.js';
import type { Kind } from '../../../src/options/option-kinds.js';

const strangers: readonly unknown[] = [
  null,
  undefined,
  Number.NaN,
  Infinity,
  -Infinity,
  Symbol('s'),
  {},
  [],
  1n,
  () => 1,
];

function expectAccepted(kind: Kind<unknown>, accepted: readonly unknown[], refused: readonly unknown[]): void {
  for (const given of accepted) expect([given, kind.accepts(given)]).toEqual([given, true]);
  for (const given of refused) expect([given, kind.accepts(given)]).toEqual([given, false]);
}

test('an integer lies within its limits, which are allowed themselves', () => {
  const kind = kinds.integer(1, 100);
  expect(kind.allowed).toBe('a whole number from 1 to 100');
  expectAccepted(kind, [1, 50, 100], [...strangers, 0, 101, -1, 1.5, '5', 2 ** 31, true, Object(5)]);
});

test('a text passes its test', () => {
  const kind = kinds.text('four letters', (given) => given.length === 4);
  expectAccepted(kind, ['abcd'], [...strangers, 'abc', 4, Object('abcd'), ['a', 'b', 'c', 'd']]);
});

test('one of some words', () => {
  const kind = kinds.oneOf('json', 'binary');
  expect(kind.allowed).toBe("'json' or 'binary'");
  expectAccepted(kind, ['json', 'binary'], [...strangers, 'JSON', '', 0]);
});

test('a list holds only what its kind accepts', () => {
  const kind = kinds.listOf('codes', kinds.integer(1, 9));
  expect(kind.allowed).toBe('an array of codes, each a whole number from 1 to 9');
  expectAccepted(kind, [[], [1], [9, 1]], ['1', 1, null, undefined, {}, [0], [1, '2'], new Set([1]), { length: 0 }]);
});

test('either of two kinds', () => {
  expectAccepted(kinds.either(kinds.off, kinds.integer(1, 2)), [false, 1, 2], [...strangers, true, 3, 0]);
});

test('a callback is any function', () => {
  expectAccepted(kinds.callback('a function'), [() => 1, Math.max, class {}], [null, undefined, {}, 'f', 1]);
});

test('an object of the caller has the methods, own or inherited', () => {
  class Stack {
    push(): void {}
  }
  const kind = kinds.objectWith<Stack>('a stack', 'push');
  expect(kind.allowed).toBe('a stack (an object with push)');
  expectAccepted(kind, [new Stack(), { push: () => 1 }, []], [null, undefined, {}, { push: 1 }, 'push', 1]);
});
