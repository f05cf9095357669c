/**
 * The order in which `npm test` begins its test files, several at a time: first those that take long by their nature,
 * because they wait for time to pass or boot servers, then all others. What is begun last decides when everything ends;
 * jest itself would go by the size of the files, or by what an earlier run on this machine took.
 */

/** Beginnings of paths; the first of them first. */
const LONGEST = [
  'test/real/rocketmq-5.5.0',
  'test/real/rocketmq-4.9.7',
  'test/conformance/embedded',
  'test/schedules/',
  'test/examples/',
  'test/src/producer/adaptive-window',
  'test/package/',
];

/** As jest's `--testSequencer`; keeps no times of earlier runs. */
export default class LongestFirst {
  sort(tests) {
    const rank = ({ path, context }) => {
      const name = path.slice(context.config.rootDir.length + 1);
      const found = LONGEST.findIndex((beginning) => name.startsWith(beginning));
      return found === -1 ? LONGEST.length : found;
    };
    return tests.toSorted((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1));
  }

  shard(tests, { shardIndex, shardCount }) {
    return this.sort(tests).filter((_, index) => index % shardCount === shardIndex - 1);
  }

  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {}
}
