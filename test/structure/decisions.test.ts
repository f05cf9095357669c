/** src/DECISIONS.md can be quoted: each number is one decision, and leads to it for good. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const text = readFileSync(join(__dirname, '../../src/DECISIONS.md'), 'utf8');
const sections = text.split(/^## /m).slice(1);
const numbersIn = (section: string): number[] =>
  [...section.matchAll(/^### (.*)$/gm)].map(([, heading = '']) => Number(/^(\d+)\. \S/.exec(heading)?.[1]));
const numbers = sections.flatMap(numbersIn).toSorted((a, b) => a - b);

test('each decision has a number of its own, and none is missing', () => {
  expect(numbers.length).toBeGreaterThan(0);
  expect(numbers).toEqual(numbers.map((_, i) => i + 1));
});

test.each(sections.map((section) => [section.split('\n')[0] ?? '', section] as const))(
  'in "%s" later decisions stand below earlier ones',
  (_, section) => {
    expect(numbersIn(section)).toEqual(numbersIn(section).toSorted((a, b) => a - b));
  },
);

test('a decision that was replaced names one that is there, and later', () => {
  for (const [, own, by] of text.matchAll(/^### (\d+)\. [^#]*?^- Replaced\b.*? by (\d+)/gm)) {
    expect(numbers).toContain(Number(by));
    expect(Number(by)).toBeGreaterThan(Number(own));
  }
});
