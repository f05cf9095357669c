import { seededRandom } from '../../../src/testing/seeded-random.js';

const draw = (seed: number, count: number): number[] => Array.from({ length: count }, seededRandom(seed));

test('the same seed gives the same numbers, another seed others', () => {
  expect(draw(7, 20)).toEqual(draw(7, 20));
  expect(draw(7, 20)).not.toEqual(draw(8, 20));
});

test('numbers lie in 0..1 and are spread evenly', () => {
  const numbers = draw(1, 10_000);
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  const below = (limit: number): number => numbers.filter((number) => number < limit).length;
  expect(below(0.1)).toBeGreaterThan(850);
  expect(below(0.1)).toBeLessThan(1150);
  expect(below(0.5)).toBeGreaterThan(4800);
  expect(below(0.5)).toBeLessThan(5200);
});
