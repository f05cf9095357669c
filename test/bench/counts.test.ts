/** What a message enters and allocates stays within the limits, and what adds to it is noticed. */
import { join } from 'node:path';
import { caseNamed } from './cases/all-cases.js';
import { measureCounts, overLimit } from './counts.js';
import { countLimits } from './limits.js';
import { buildOwn, type OwnBuild } from './own-build.js';

// Seconds on a machine that does nothing else. Counting is slow, and the figures do not depend on it.
jest.setTimeout(300_000);

let build: OwnBuild;
beforeAll(() => {
  build = buildOwn(join(__dirname, '../..'));
});
afterAll(() => build.remove());

test.each(countLimits)('a message by $of enters and allocates no more than its limit', async (limit) => {
  const counts = await measureCounts(build.programs, caseNamed(limit.of));
  expect(overLimit(counts, limit)).toEqual([]);
  // Fewer than half would mean that it is not the message that was counted.
  expect(counts.entries).toBeGreaterThan(limit.entries / 2);
  expect(counts.allocatedBytes).toBeGreaterThan(limit.allocatedBytes / 2);
});

test('operators that copy each message on its way are over the limit, in entries and in bytes', async () => {
  const [limit] = countLimits.filter(({ of }) => of === 'stream');
  if (limit === undefined) throw new Error('the stream has no limit');
  const counts = await measureCounts(build.programs, { ...caseNamed('stream'), detours: 16 });
  const over = overLimit(counts, limit);
  expect(over).toContainEqual(expect.stringContaining('stream: entries a message'));
  expect(over).toContainEqual(expect.stringContaining('stream: allocatedBytes a message'));
});
