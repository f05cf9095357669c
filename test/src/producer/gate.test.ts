import { ambientGate, type Gate, withAmbientGate, withoutAmbientGate } from '../../../src/producer/gate.js';

const gate = (): Gate => ({ isOpen: true, whenOpen() {} });

describe('the ambient gate', () => {
  test('is there while the work runs, the innermost one, and not afterwards', () => {
    const [outer, inner] = [gate(), gate()];
    const seen: unknown[] = [];
    const look = (): void => void seen.push(ambientGate());
    look();
    const result = withAmbientGate(outer, () => {
      look();
      withAmbientGate(inner, look);
      look();
      withoutAmbientGate(look);
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

  test('is restored when the work throws', () => {
    const broken = (): never => {
      throw new Error('broken');
    };
    expect(() => withAmbientGate(gate(), broken)).toThrow('broken');
    expect(ambientGate()).toBeUndefined();
  });
});
