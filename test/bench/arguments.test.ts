/** What `npm run bench` makes of its arguments. */
import { readArguments, helpText } from './arguments.js';
import { allCases } from './cases/all-cases.js';
import type { Scenario } from './scenarios/scenario.js';

const scenario = (name: string, isDefault: boolean): Scenario => ({
  name,
  about: `about ${name}`,
  isDefault,
  cases: [],
  run: async () => [],
});
const known = [scenario('ways', true), scenario('sizes', true), scenario('compare', false)];
const namesOf = (args: readonly string[]): readonly string[] =>
  readArguments(args, known).scenarios.map(({ name }) => name);

test.each([
  { args: [], names: ['ways', 'sizes'] },
  { args: ['compare'], names: ['compare'] },
  { args: ['sizes', 'ways', 'sizes'], names: ['sizes', 'ways'] },
  { args: ['send-batch', '--repeats', '3'], names: ['send-batch'] },
])('$args runs $names', ({ args, names }) => {
  expect(namesOf(args)).toEqual(names);
});

test('a case that is judged by another one measures both', () => {
  expect(readArguments(['ordered'], known).scenarios[0]?.cases).toEqual(['unordered', 'ordered']);
});

test.each([
  { args: ['speed'], says: 'there is no scenario or case speed' },
  { args: ['--repeats', '0'], says: '--repeats must be a whole number from 1 to 101, not 0' },
  { args: ['--repeats', 'many'], says: '--repeats must be a whole number from 1 to 101, not many' },
  { args: ['--fast'], says: "Unknown option '--fast'" },
  { args: ['ways', '--real'], says: '--real is for compare' },
])('$args is refused', ({ args, says }) => {
  expect(() => readArguments(args, known)).toThrow(says);
});

test('the help names every scenario and every case', () => {
  const lines = helpText(known).split('\n');
  for (const name of [...known.map((one) => one.name), ...allCases.keys()]) {
    expect(lines.filter((line) => line.startsWith(`  ${name} `))).toHaveLength(1);
  }
});
