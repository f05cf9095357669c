/** Runs in front of each test file when FUZZ_RUNS is set (see fuzz.mjs). */
const { configureGlobal } = require('fast-check');

configureGlobal({ numRuns: Number(process.env.FUZZ_RUNS) });
