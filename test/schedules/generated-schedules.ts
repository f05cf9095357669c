/** All schedules there are: sources, options, at least three kinds of fault, and where and how they are stopped. */
import fc from 'fast-check';
import { type Schedule, verbs } from './schedule.js';
import { type Fate, fates } from './simulated-cluster.js';

const FAULT_KINDS = 3;
const faults = fates.filter((fate) => fate !== 'stored');

/** A sequence of fates in which so many kinds of fault occur, and successes too. */
const fatesWithFaults: fc.Arbitrary<readonly Fate[]> = fc
  .tuple(
    fc.shuffledSubarray(faults, { minLength: FAULT_KINDS, maxLength: faults.length }),
    fc.integer({ min: 1, max: 20 }),
    fc.infiniteStream(fc.nat()),
  )
  .map(([some, successes, order]) => {
    const all: Fate[] = [...some, ...Array<Fate>(successes).fill('stored')];
    return all
      .map((fate) => ({ fate, at: order.next().value }))
      .sort((a, b) => a.at - b.at)
      .map(({ fate }) => fate);
  });

const every = fc.oneof(fc.constant(0), fc.integer({ min: 2, max: 7 }));

/** From early on, so that messages come to wait for the broker; also for longer than they have time. */
const silences = fc
  .record({ fromMs: fc.integer({ min: 0, max: 10 }), forMs: fc.constantFrom(15, 40, 120, 400) })
  .map(({ fromMs, forMs }) => ({ fromMs, toMs: fromMs + forMs }));

const anySchedule: fc.Arbitrary<Schedule> = fc.record({
  messages: fc.integer({ min: 20, max: 45 }),
  source: fc.constantFrom('iterable', 'async iterable', 'subject'),
  burst: fc.integer({ min: 1, max: 12 }),
  invalidEvery: every,
  largeEvery: fc.constantFrom(0, 2, 2, 3),
  options: fc.record({
    window: fc.integer({ min: 1, max: 12 }),
    windowBytes: fc.constantFrom(400, 25_000, 8 * 1024 * 1024),
    buffer: fc.record({
      messages: fc.integer({ min: 0, max: 30 }),
      onOverflow: fc.constantFrom('error', 'drop-newest', 'drop-oldest', 'unbounded'),
    }),
    results: fc.constantFrom('completion', 'source'),
    onFailure: fc.constantFrom('error', 'result', 'result', 'drop', 'delay-error'),
  }),
  keys: fc.constantFrom(0, 0, 1, 3, 12),
  onKeyFailure: fc.constantFrom('halt-key', 'skip'),
  batch: fc.oneof(
    { arbitrary: fc.constant(false as const), weight: 1 },
    {
      arbitrary: fc.record({ messages: fc.integer({ min: 2, max: 8 }), lingerMs: fc.integer({ min: 0, max: 40 }) }),
      weight: 5,
    },
  ),
  serverVersion: fc.constantFrom(0, 399, 513),
  retries: fc.constantFrom(0, 1, 2, 3, 3),
  retryDelayMs: fc.integer({ min: 0, max: 15 }),
  fates: fatesWithFaults,
  answerMs: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 }),
  routeMs: fc.array(fc.constantFrom(0, 0, 0, 0, 2, 7, 200), { minLength: 1, maxLength: 6 }),
  addressUnknownEvery: fc.constantFrom(0, 2, 3),
  silence: fc.option(silences, { nil: undefined, freq: 2 }),
  stop: fc.option(
    fc.record({
      verb: fc.constantFrom(...verbs),
      atMs: fc.oneof(fc.integer({ min: 0, max: 25 }), fc.integer({ min: 0, max: 100 })),
    }),
    {
      nil: undefined,
      freq: 8,
    },
  ),
});

/** Those in which messages come to wait for a broker that does nothing, which others rarely do. */
const silentSchedule: fc.Arbitrary<Schedule> = fc
  .tuple(
    anySchedule,
    fc.record({
      silence: silences,
      keys: fc.constantFrom(12, 20, 45),
      burst: fc.integer({ min: 4, max: 12 }),
      messages: fc.integer({ min: 40, max: 60 }),
      routeMs: fc.constant([0]),
    }),
    fc.integer({ min: 4, max: 12 }),
    fc.record({ messages: fc.integer({ min: 10, max: 30 }) }),
    fc.record({ verb: fc.constantFrom(...verbs), atMs: fc.integer({ min: 10, max: 80 }) }),
  )
  .map(([schedule, silent, window, { messages }, stop]) => {
    const buffer = { onOverflow: 'unbounded', ...schedule.options.buffer, messages } as const;
    const options = { ...schedule.options, window, windowBytes: 2 ** 23, onFailure: 'result', buffer } as const;
    return { ...schedule, ...silent, options, batch: false, addressUnknownEvery: 0, stop };
  });

/** All of them. */
export const generatedSchedule: fc.Arbitrary<Schedule> = fc.oneof(
  { arbitrary: anySchedule, weight: 4 },
  { arbitrary: silentSchedule, weight: 1 },
);
