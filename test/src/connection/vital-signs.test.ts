import { VitalSigns } from '../../../src/connection/vital-signs.js';

test('a server that owes nothing is not accused of silence', () => {
  const signs = new VitalSigns(0);
  expect(signs.complaint(1_000_000, true)).toBeUndefined();
  signs.asked(0);
  signs.heard(10, false);
  expect(signs.complaint(1_000_000, true)).toBeUndefined();
});

test('ten seconds of silence count only together with a request that timed out', () => {
  const signs = new VitalSigns(0);
  signs.asked(0);
  expect(signs.complaint(9_999, true)).toBeUndefined();
  expect(signs.complaint(10_000, false)).toBeUndefined();
  expect(signs.complaint(10_000, true)).toContain('said nothing for 10000 ms');
});

test('silence begins with the first unanswered question, not with the last', () => {
  const signs = new VitalSigns(0);
  signs.asked(0);
  signs.asked(9_000);
  expect(signs.complaint(10_000, true)).toBeDefined();
});

test('a frame ends the silence; while other answers are owed it begins again', () => {
  const signs = new VitalSigns(0);
  signs.asked(0);
  signs.heard(9_000, true);
  expect(signs.complaint(18_999, true)).toBeUndefined();
  expect(signs.complaint(19_000, true)).toBeDefined();
});

test('a write that the kernel cannot take for thirty seconds counts by itself', () => {
  const signs = new VitalSigns(0);
  signs.wrote(0);
  expect(signs.complaint(29_999, false)).toBeUndefined();
  expect(signs.complaint(30_000, false)).toContain('read nothing for 30000 ms');
  signs.taken();
  expect(signs.complaint(60_000, false)).toBeUndefined();
});

test('frames of both directions count as activity', () => {
  const signs = new VitalSigns(1);
  expect(signs.lastActiveAt).toBe(1);
  signs.wrote(2);
  expect(signs.lastActiveAt).toBe(2);
  signs.heard(3, false);
  expect(signs.lastActiveAt).toBe(3);
});
