/** What a message may cost: the one table that `npm run bench` and the unit tests judge by. */

/** At most this many times the CPU time that the other case takes in the same round; `'limit'` is Node's sockets alone. */
export interface TimeLimit {
  readonly of: string;
  readonly over: string;
  readonly times: number;
}

/**
 * Judged by `npm run bench`: medians over all rounds, never an absolute time. They have a margin of about a third over
 * what was measured, because machines differ.
 */
export const timeLimits: readonly TimeLimit[] = [
  { of: 'stream', over: 'limit', times: 8.5 },
  { of: 'send', over: 'limit', times: 11 },
  { of: 'oneway', over: 'limit', times: 6.5 },
  { of: 'batch', over: 'limit', times: 6 },
  { of: 'send-batch', over: 'limit', times: 3.5 },
  { of: 'ordered', over: 'unordered', times: 1.3 },
];

/** What a message may enter and allocate. The figures do not depend on the speed of a machine, so the margin is small. */
export interface CountLimit {
  readonly of: string;
  /** Function entries of the library and of rxjs, a message, its answer included. */
  readonly entries: number;
  /** Files that a message enters. */
  readonly files: number;
  /** On the JavaScript heap, a message. */
  readonly allocatedBytes: number;
}

/** Judged by the unit tests. Lower a limit in the commit that makes its figure lower; raise it only with a reason. */
export const countLimits: readonly CountLimit[] = [
  { of: 'stream', entries: 364, files: 64, allocatedBytes: 2200 },
  { of: 'send', entries: 350, files: 60, allocatedBytes: 3350 },
  { of: 'batch', entries: 302, files: 55, allocatedBytes: 2430 },
  { of: 'send-batch', entries: 64, files: 24, allocatedBytes: 1740 },
];
