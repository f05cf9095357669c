/**
 * Runs in front of each test file: a test that states no limit of its own may take a minute. It is against standing still
 * for ever, on machines that may be slow or busy, and no claim about speed. (`testTimeout` of a project is not heeded.)
 */
if (process.env.FUZZ_RUNS === undefined) jest.setTimeout(60_000);
