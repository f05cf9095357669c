import { printable } from '../../../src/errors/printable.js';

test('ordinary text of any language is left as it is', () => {
  for (const text of ['', 'broker-a', 'Тема', '主题 🎉', 'a "quoted" \\ path']) expect(printable(text)).toBe(text);
});

test('every control character becomes a visible escape', () => {
  const controls = [...range(0x00, 0x1f), ...range(0x7f, 0x9f), 0x061c, 0x200e, 0x200f];
  const lines = [...range(0x2028, 0x202e), ...range(0x2066, 0x2069)];
  for (const code of [...controls, ...lines]) {
    expect(printable(`a${String.fromCharCode(code)}b`)).toBe(`a\\u${code.toString(16).padStart(4, '0')}b`);
  }
});

test('a text too long for a log line is cut off and says how long it was', () => {
  expect(printable('x'.repeat(8192))).toBe('x'.repeat(8192));
  expect(printable('x'.repeat(10_000))).toBe(`${'x'.repeat(8192)}… (10000 characters)`);
});

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
