import { Ambient } from '../../../../src/producer/flow/ambient.js';

const ambient = new Ambient<object>('of-a-test');

describe('what is ambient', () => {
  test('is there while the work runs, the innermost one, and not afterwards', () => {
    const [outer, inner] = [{}, {}];
    const seen: unknown[] = [];
    const look = (): void => void seen.push(ambient.current);
    look();
    const result = ambient.run(outer, () => {
      look();
      ambient.run(inner, look);
      look();
      ambient.runWithout(look);
      look();
      return 'result';
    });
    look();
    expect(seen.map((one) => (one === outer ? 'outer' : one === inner ? 'inner' : one))).toEqual([
      undefined,
      'outer',
      'inner',
      'outer',
      undefined,
      'outer',
      undefined,
    ]);
    expect(result).toBe('result');
  });

  test('is shared by all copies of this library in the process', () => {
    const [mine, ofAnotherCopy] = [{}, new Ambient<object>('of-a-test')];
    ambient.run(mine, () => expect(ofAnotherCopy.current).toBe(mine));
  });

  test('is restored when the work throws', () => {
    const broken = (): never => {
      throw new Error('broken');
    };
    expect(() => ambient.run({}, broken)).toThrow('broken');
    expect(ambient.current).toBeUndefined();
  });
});
