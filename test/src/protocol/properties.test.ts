import fc from 'fast-check';
import { decodeProperties, encodeProperties } from '../../../src/protocol/properties.js';

const decoded = (text: string): Record<string, string> => Object.fromEntries(decodeProperties(text));

test('name and value are joined, and each property ends with a separator', () => {
  expect(encodeProperties(new Map(Object.entries({ KEYS: 'k1 k2', WAIT: 'true' })))).toBe(
    'KEYS\u0001k1 k2\u0002WAIT\u0001true\u0002',
  );
  expect(encodeProperties([])).toBe('');
});

// As the Java parser does.
test('an empty value vanishes, and the last separator may be missing', () => {
  expect(decoded('a\u00011\u0002b\u0001\u0002c\u0001xyz')).toEqual({ a: '1', c: 'xyz' });
});

test('what Java drops is dropped', () => {
  for (const piece of ['', 'a', 'ab', 'abc', '\u0001', 'a\u0001', '\u0001a', '\u0001ab', '\u0002\u0002']) {
    expect(decoded(piece)).toEqual({});
    expect(decoded(`${piece}\u0002x\u0001y\u0002`)).toEqual({ x: 'y' });
  }
});

test('a value may contain what separates name and value, and the last of equal names counts', () => {
  expect(decoded('a\u0001b\u0001c\u0002a\u00012')).toEqual({ a: '2' });
  expect(decoded('a\u0001b\u0001c')).toEqual({ a: 'b\u0001c' });
});

test('names like __proto__ are names like any other', () => {
  const properties = decodeProperties('__proto__\u0001polluted\u0002constructor\u0001x');
  expect([...properties]).toEqual([
    ['__proto__', 'polluted'],
    ['constructor', 'x'],
  ]);
});

test('whatever has names and values comes back', () => {
  const word = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !/[\u0001\u0002]/.test(text));
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word)), (entries) => {
      const properties = new Map(entries);
      expect(decodeProperties(encodeProperties(properties))).toEqual(properties);
      expect(decodeProperties(encodeProperties(properties).slice(0, -1))).toEqual(properties);
    }),
  );
});
