/**
 * Generated schedules in virtual time: whatever sources, brokers and callers do, in whatever order, each message has
 * exactly one honest outcome, the bounds hold at every moment, and each way to stop does what it says. A failing run is
 * shrunk, and its seed is printed. FUZZ_RUNS sets the number of runs; CI makes 10 000.
 */
import fc from 'fast-check';
import { Passage } from '../../operators/stage.js';
import { createError } from '../../src/errors/rocketmq-error.js';
import { Envelope } from '../../src/producer/message/envelope.js';
import { Flow } from '../../src/producer/flow/flow.js';
import { Window } from '../../src/producer/flow/window.js';
import { generatedSchedule } from './generated-schedules.js';
import type * as ThreadPool from './virtual-thread-pool.js';
import { type Place, places, play, type Verb, verbs } from './schedule.js';

// A mutant may leave messages unsettled, which must not keep the test runner alive.
jest.mock('../../src/time/keep-alive.js', () => ({
  KeepAlive: class {
    acquire(): void {}
    release(): void {}
    dispose(): void {}
  },
}));
jest.mock('../../src/protocol/zlib-codec.js', () =>
  jest.requireActual<typeof ThreadPool>('./virtual-thread-pool.js').virtualThreadPool(),
);

const RUNS = Number(process.env['FUZZ_RUNS'] ?? (process.env['CI'] === 'true' ? 10_000 : 2000));
const RUNS_FOR_ALL_HITS = 10_000;
const HITS_OF_A_CELL = 100;

test(`${RUNS} generated schedules break no rule, and stop messages at every point of their life in every way`, async () => {
  const hits = new Map<string, number>();
  const cell = (place: Place, verb: Verb): string => `${place} × ${verb}`;
  await fc.assert(
    fc.asyncProperty(generatedSchedule, async (schedule) => {
      const { broken, hit } = await play(schedule);
      const { stop } = schedule;
      if (stop !== undefined) {
        for (const place of hit) hits.set(cell(place, stop.verb), (hits.get(cell(place, stop.verb)) ?? 0) + 1);
      }
      expect(broken).toEqual([]);
    }),
    { numRuns: RUNS },
  );
  const table = places.map((place) => [place, ...verbs.map((verb) => hits.get(cell(place, verb)) ?? 0)]);
  process.stdout.write(`\n${renderTable([[`${RUNS} schedules`, ...verbs], ...table])}\n`);
  // Fewer runs hit a cell by chance less often.
  const enough = RUNS >= RUNS_FOR_ALL_HITS ? HITS_OF_A_CELL : RUNS / 200;
  for (const [place, ...counts] of table) {
    for (const [at, verb] of verbs.entries())
      expect([place, verb, Number(counts[at]) >= enough]).toEqual([place, verb, true]);
  }
}, 600_000);

/** What a careless change could do to the rules, and the rule that then breaks. */
const mutants: readonly (readonly [mutant: string, rule: string, mutate: () => unknown])[] = [
  [
    'a slot is not given back',
    'every slot is given back',
    () => jest.spyOn(Window.prototype, 'giveSlotBack').mockReturnValue(),
  ],
  [
    'the gate never closes',
    'a pull source is read no further than the window',
    () => jest.spyOn(Flow.prototype, 'isOpen', 'get').mockReturnValue(true),
  ],
  [
    'a message that waits no longer is still counted',
    'offered = sent + failed + in flight + buffered',
    () => jest.spyOn(Flow.prototype, 'unbuffer').mockReturnValue(),
  ],
  ['an outcome is emitted twice', 'an outcome is emitted once', () => mutateReleased()],
  [
    'a failure does not stop the intake',
    'nothing more is taken after the failure that ends the stream',
    () => jest.spyOn(Flow.prototype, 'drainAdmitted').mockReturnValue(),
  ],
  ['a drain is skipped', 'a drain ends nothing that was taken', () => mutateCloseAdmission()],
  [
    'unsubscribe lets everything go on',
    'no attempt begins after unsubscribe',
    () => jest.spyOn(Flow.prototype, 'abandon').mockReturnValue(),
  ],
  [
    'a signal is not heard',
    'signal ends everything at once',
    () => jest.spyOn(Flow.prototype, 'abortAt').mockReturnValue(),
  ],
  [
    'a failed attempt is forgotten',
    'what is said not to be stored is not',
    () => jest.spyOn(Envelope.prototype, 'addFailedAttempt').mockReturnValue(),
  ],
  [
    'nobody ends what is out of time',
    'no message takes longer than its time',
    () => jest.spyOn(Flow.prototype, 'expire').mockReturnValue(true),
  ],
  [
    'a taken outcome still holds its slot',
    'the stream ends',
    () => jest.spyOn(Flow.prototype, 'outcomeTaken').mockReturnValue(),
  ],
];

/** Passes everything on a second time, as if nobody had seen it. */
function mutateReleased(): void {
  const { released } = Passage.prototype;
  jest.spyOn(Passage.prototype, 'released').mockImplementation(function (this: Passage, envelope) {
    released.call(this, envelope);
    envelope.isEmitted = false;
    released.call(this, envelope);
  });
}

/** Gives back what waits, and what is in flight too. */
function mutateCloseAdmission(): void {
  const { closeAdmission, abort } = Flow.prototype;
  const isAborting = new WeakSet<Flow>();
  jest.spyOn(Flow.prototype, 'closeAdmission').mockImplementation(function (this: Flow, error) {
    closeAdmission.call(this, error);
    if (isAborting.has(this)) return;
    isAborting.add(this);
    abort.call(this, 'abort', createError('RMQ_ABORTED', 'not drained'));
  });
}

describe('a careless change is found by its rule', () => {
  afterEach(() => jest.restoreAllMocks());

  test.each(mutants)(
    '%s: "%s"',
    async (_, rule, mutate) => {
      mutate();
      const found = new Set<string>();
      const isFound = fc.asyncProperty(generatedSchedule, async (schedule) => {
        const { broken } = await play(schedule);
        for (const text of broken) found.add(text.split(': ', 1)[0] ?? '');
        return !found.has(rule);
      });
      await fc.check(isFound, { numRuns: 300, endOnFailure: true });
      expect([...found]).toContain(rule);
    },
    120_000,
  );
});

function renderTable(rows: readonly (readonly (string | number)[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  return rows
    .map((row) => row.map((value, column) => String(value).padStart(widths[column] ?? 0)).join('  '))
    .join('\n');
}
