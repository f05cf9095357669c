import { inspect } from 'node:util';
import { Sealed } from '../../../src/access/sealed.js';

const canary = 'canary-5f1c';

test('what is sealed is given back, and only to who opens it', () => {
  const value = { secret: canary };
  const sealed = new Sealed(value);
  expect(sealed.open()).toBe(value);
  const shown = [
    inspect(sealed, { showHidden: true, depth: null }),
    inspect({ config: { sealed } }, { depth: null }),
    JSON.stringify(sealed),
    JSON.stringify(Object.entries(sealed)),
  ];
  expect(shown.filter((text) => text.includes(canary))).toEqual([]);
});

test('two are equal when they hold equal data, or the same function', () => {
  const give = (): string => canary;
  expect(new Sealed({ a: [1] }).equals(new Sealed({ a: [1] }))).toBe(true);
  expect(new Sealed({ a: [1] }).equals(new Sealed({ a: [2] }))).toBe(false);
  expect(new Sealed(give).equals(new Sealed(give))).toBe(true);
  expect(new Sealed(give).equals(new Sealed((): string => canary))).toBe(false);
  expect(new Sealed(give).equals(undefined)).toBe(false);
});
