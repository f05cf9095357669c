import { ByteBudget } from '../../../src/collections/byte-budget.js';

test('bytes are held as long as all together stay within the limit', () => {
  const budget = new ByteBudget(100);
  expect([budget.tryHold(60), budget.tryHold(41), budget.tryHold(40), budget.held]).toEqual([true, false, true, 100]);
  budget.release(60);
  expect([budget.held, budget.tryHold(61), budget.tryHold(60)]).toEqual([40, false, true]);
});
