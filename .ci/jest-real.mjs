/** Against real RocketMQ, which it boots itself; needs Java and Maven (see test/real). */
import { jestProject } from './jest-project.mjs';

export default jestProject({
  displayName: 'real',
  globalSetup: '<rootDir>/.ci/artifacts.mjs',
  testMatch: ['<rootDir>/test/real/**/*.test.ts'],
});
