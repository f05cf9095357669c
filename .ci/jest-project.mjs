/**
 * What both jest projects have in common. swc compiles TypeScript 7 (ts-jest cannot) to CommonJS, which needs no
 * experimental flag; types are checked by `npm run check`.
 */

/** The jest configuration of one project; `own` is what it has of its own. */
export const jestProject = (own) => ({
  rootDir: '..',
  testEnvironment: 'node',
  // A promise rejected behind a test's back fails that test.
  waitForUnhandledRejections: true,
  restoreMocks: true,
  setupFiles: process.env.FUZZ_RUNS === undefined ? [] : ['<rootDir>/.ci/fuzz-runs.cjs'],
  setupFilesAfterEnv: ['<rootDir>/.ci/time-limit.cjs'],
  moduleNameMapper: {
    '^rx-rocketmq$': '<rootDir>/src/index.ts',
    '^rx-rocketmq/testing$': '<rootDir>/src/testing/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.work/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  ...own,
});
