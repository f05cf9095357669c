/**
 * The promises that hold in every run, whatever happened in it, and whether enough happened for that to mean anything.
 * It judges the history of a run; where that comes from is `chaos-run.ts`.
 */
import type { Metrics } from '../../src/index.js';
import type { Verdict } from '../real/ledger.js';

/** What the books of one producer say about its messages, and what the producer says. */
export interface ProducerHistory {
  readonly verdict: Verdict;
  readonly metrics: Metrics;
  /** Attempts that another one followed, as `events$` told. */
  readonly retried: number;
  /** True where streams were unsubscribed from: receipts that came later were told to nobody. */
  readonly hasSilentReceipts: boolean;
  /** Most in flight at any sample, and how much there may be. */
  readonly mostInFlight: number;
  readonly window: number;
}

/** What one run left behind. */
export interface History {
  readonly producers: readonly ProducerHistory[];
  /** Sockets, timers and listeners of this process: before the producers were created, and after all was closed. */
  readonly heldBefore: readonly string[];
  readonly heldAfter: readonly string[];
  /** Outcomes, events and log lines after `shutdown()` had resolved. */
  readonly afterShutdown: number;
  /** Connections that the brokers still had from the producers, after `shutdown()`. */
  readonly connectionsLeft: number;
  /** Attempts that ended without the truth about the message. */
  readonly ambiguousAttempts: number;
  readonly brokersUsed: number;
  /** Verbs that were on at a broker and hit nobody, in all their turns. */
  readonly verbsNeverFelt: readonly string[];
}

const SHOWN = 5;
const FEWEST_ACKNOWLEDGED = 1000;
const FEWEST_AMBIGUOUS = 10;

/** One line for each broken promise, beginning with its name; none when all are kept. */
export function brokenPromises(history: History): readonly string[] {
  return [...history.producers.flatMap(brokenByProducer), ...brokenAtTheEnd(history), ...tooTame(history)];
}

function brokenByProducer(producer: ProducerHistory): string[] {
  const { verdict, metrics } = producer;
  const silent = producer.hasSilentReceipts ? new Set(verdict.withoutOneOutcome) : new Set<string>();
  const failed = verdict.refused + verdict.unknown;
  return [
    ...each('I1 not one outcome', producer.hasSilentReceipts ? [] : verdict.withoutOneOutcome),
    ...each('I2 acknowledged and lost', verdict.lost),
    ...each('I3 stored otherwise than sent', verdict.altered),
    ...each('I4 never handed in', verdict.strangers),
    ...each("I5 stored in spite of 'no'", verdict.storedAgainstNo),
    ...each(
      'I6 copies nobody accounts for',
      verdict.excessCopies.filter((id) => !silent.has(id)),
    ),
    ...each('I6 copies under different unique keys', verdict.severalKeys),
    ...unless('I8 more in flight than the window', producer.mostInFlight, '<=', producer.window),
    ...unless('I8 slots not given back', metrics.inFlight + metrics.buffered, '=', 0),
    ...unless('I8 bytes not given back', metrics.inFlightBytes, '=', 0),
    ...unless('I15 metrics.offered', metrics.offered, '=', verdict.offered),
    ...unless('I15 metrics.sent', metrics.sent, '=', verdict.acknowledged + silent.size),
    ...unless('I15 metrics.failed', metrics.failed, '=', failed),
    ...unless('I15 metrics.retried', metrics.retried, '=', producer.retried),
  ];
}

function brokenAtTheEnd(history: History): string[] {
  return [
    ...each('I13 left behind', surplus(history.heldAfter, history.heldBefore)),
    ...unless('I13 connections left', history.connectionsLeft, '=', 0),
    ...unless('I13 heard of after shutdown', history.afterShutdown, '=', 0),
  ];
}

/** A run in which nothing happened proves nothing. */
function tooTame(history: History): string[] {
  const acknowledged = history.producers.reduce((sum, { verdict }) => sum + verdict.acknowledged, 0);
  return [
    ...unless('tame: acknowledged', acknowledged, '>=', FEWEST_ACKNOWLEDGED),
    ...unless('tame: ambiguous attempts', history.ambiguousAttempts, '>=', FEWEST_AMBIGUOUS),
    ...unless('tame: brokers used', history.brokersUsed, '>=', 2),
    ...each('tame: never felt', history.verbsNeverFelt),
  ];
}

function each(promise: string, found: readonly string[]): string[] {
  return found.slice(0, SHOWN).map((one) => `${promise}: ${one} (one of ${found.length})`);
}

function unless(promise: string, actual: number, relation: '<=' | '=' | '>=', expected: number): string[] {
  const difference = actual - expected;
  const holds = { '<=': difference <= 0, '=': difference === 0, '>=': difference >= 0 }[relation];
  return holds ? [] : [`${promise}: ${actual}, not ${relation} ${expected}`];
}

/** What is in `after` more often than in `before`. */
function surplus(after: readonly string[], before: readonly string[]): string[] {
  const known = [...before];
  return after.filter((one) => {
    const at = known.indexOf(one);
    if (at >= 0) known.splice(at, 1);
    return at < 0;
  });
}
