/** The judge of the chaos runs must be able to find each broken promise: every case breaks one in a good history. */
import type { Verdict } from '../real/ledger.js';
import { BROKER_VERBS, CLIENT_VERBS, faultPlan, NAME_SERVER_VERBS } from './fault-plan.js';
import { brokenPromises, type History, type ProducerHistory } from './invariants.js';

const goodVerdict: Verdict = {
  offered: 2000,
  acknowledged: 1800,
  refused: 150,
  unknown: 50,
  stored: 1850,
  withoutOneOutcome: [],
  lost: [],
  altered: [],
  strangers: [],
  storedAgainstNo: [],
  excessCopies: [],
  severalKeys: [],
  duplicated: ['x-7'],
};

const goodProducer: ProducerHistory = {
  verdict: goodVerdict,
  metrics: {
    offered: 2000,
    sent: 1800,
    failed: 200,
    retried: 30,
    inFlight: 0,
    inFlightBytes: 0,
    buffered: 0,
    lanes: 0,
    strays: 3,
    tracesDropped: 0,
    latencyMs: { p50: 1, p99: 2, max: 3 },
    totalLatencyMs: { p50: 1, p99: 2, max: 3 },
  },
  retried: 30,
  hasSilentReceipts: false,
  mostInFlight: 64,
  window: 64,
};

const goodHistory: History = {
  producers: [goodProducer],
  heldBefore: ['Timeout', 'listener of exit'],
  heldAfter: ['listener of exit', 'Timeout'],
  afterShutdown: 0,
  connectionsLeft: 0,
  ambiguousAttempts: 10,
  brokersUsed: 2,
  verbsNeverFelt: [],
};

const ofProducer = (change: Partial<ProducerHistory>): History => ({
  ...goodHistory,
  producers: [{ ...goodProducer, ...change }],
});
const ofVerdict = (change: Partial<Verdict>): History => ofProducer({ verdict: { ...goodVerdict, ...change } });
const ofMetrics = (change: Partial<ProducerHistory['metrics']>): History =>
  ofProducer({ metrics: { ...goodProducer.metrics, ...change } });

test('a good history breaks nothing', () => {
  expect(brokenPromises(goodHistory)).toEqual([]);
});

test.each<[string, History]>([
  ['I1', ofVerdict({ withoutOneOutcome: ['x-1'] })],
  ['I2', ofVerdict({ lost: ['x-1: not stored at all'] })],
  ['I3', ofVerdict({ altered: ['x-1: body'] })],
  ['I4', ofVerdict({ strangers: ['y-1'] })],
  ['I5', ofVerdict({ storedAgainstNo: ['x-1'] })],
  ['I6', ofVerdict({ excessCopies: ['x-1'] })],
  ['I6', ofVerdict({ severalKeys: ['x-1'] })],
  ['I8', ofProducer({ mostInFlight: 65 })],
  ['I8', ofMetrics({ inFlight: 1 })],
  ['I8', ofMetrics({ buffered: 1 })],
  ['I8', ofMetrics({ inFlightBytes: -1 })],
  ['I13', { ...goodHistory, heldAfter: ['Timeout', 'Timeout', 'listener of exit'] }],
  ['I13', { ...goodHistory, connectionsLeft: 1 }],
  ['I13', { ...goodHistory, afterShutdown: 1 }],
  ['I15', ofMetrics({ offered: 1999 })],
  ['I15', ofMetrics({ sent: 1801 })],
  ['I15', ofMetrics({ failed: 199 })],
  ['I15', ofProducer({ retried: 31 })],
  [
    'tame',
    ofProducer({ verdict: { ...goodVerdict, acknowledged: 10 }, metrics: { ...goodProducer.metrics, sent: 10 } }),
  ],
  ['tame', { ...goodHistory, ambiguousAttempts: 9 }],
  ['tame', { ...goodHistory, brokersUsed: 1 }],
  ['tame', { ...goodHistory, verbsNeverFelt: ['broker: busy'] }],
])('%s is found broken, and nothing else', (promise, history) => {
  const broken = brokenPromises(history);
  expect(broken).toHaveLength(1);
  expect(broken[0]).toMatch(new RegExp(`^${promise}\\b`));
});

describe('a producer whose streams were left', () => {
  const silent = ['x-1', 'x-2'];
  const verdict = { ...goodVerdict, acknowledged: 1798, withoutOneOutcome: silent, excessCopies: ['x-1'] };

  test('may have receipts that nobody was told of', () => {
    expect(brokenPromises(ofProducer({ verdict, hasSilentReceipts: true }))).toEqual([]);
  });

  test('must count each of them as sent', () => {
    const metrics = { ...goodProducer.metrics, sent: 1799 };
    const broken = brokenPromises(ofProducer({ verdict, metrics, hasSilentReceipts: true }));
    expect(broken).toEqual([expect.stringMatching(/^I15 metrics\.sent/)]);
  });
});

describe('the plan of faults', () => {
  test('is the same again from the same seed, and another from another', () => {
    expect(faultPlan(7, 20_000)).toEqual(faultPlan(7, 20_000));
    expect(faultPlan(7, 20_000)).not.toEqual(faultPlan(8, 20_000));
  });

  test('has every verb in a minute, each over before the end, and never two for one server at a time', () => {
    const plan = faultPlan(1, 60_000);
    expect(new Set(plan.map(({ verb }) => verb))).toEqual(
      new Set([...BROKER_VERBS, ...NAME_SERVER_VERBS, ...CLIENT_VERBS]),
    );
    const busyUntil = new Map<string, number>();
    for (const fault of plan.toSorted((a, b) => a.atMs - b.atMs)) {
      const server = fault.target === 'broker' ? `broker ${fault.broker}` : fault.target;
      expect(fault.atMs).toBeGreaterThan(busyUntil.get(server) ?? 0);
      busyUntil.set(server, fault.atMs + fault.forMs);
      expect(fault.atMs + fault.forMs).toBeLessThanOrEqual(60_000);
    }
  });
});
