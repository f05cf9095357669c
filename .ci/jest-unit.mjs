/** Everything that needs nothing but Node: a fresh clone runs it. */
import { jestProject } from './jest-project.mjs';

export default jestProject({
  displayName: 'unit',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['<rootDir>/test/real/'],
});
