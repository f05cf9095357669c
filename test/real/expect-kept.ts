/**
 * The promises that hold in every run, faults or not, as expectations; and the one line each run prints.
 */
import type { RealCluster } from './cluster.js';
import type { Verdict } from './ledger.js';

const FAULTS_SHOWN = 10;

/** One outcome each, nothing acknowledged lost or altered, 'no' means no, and every copy accounted for. */
export function expectKept(verdict: Verdict): void {
  const broken = {
    withoutOneOutcome: verdict.withoutOneOutcome,
    lost: verdict.lost,
    altered: verdict.altered,
    strangers: verdict.strangers,
    storedAgainstNo: verdict.storedAgainstNo,
    excessCopies: verdict.excessCopies,
    severalKeys: verdict.severalKeys,
  };
  const shown = Object.entries(broken).flatMap(([promise, messages]) =>
    messages.slice(0, FAULTS_SHOWN).map((message) => `${promise}: ${message} (one of ${messages.length})`),
  );
  expect(shown).toEqual([]);
}

/** The numbers of a run, as one line of JSON on stderr: several clusters may be tested at once. */
export function reportRun(
  { version }: Pick<RealCluster, 'version'>,
  run: string,
  verdict: Verdict,
  more: Readonly<Record<string, number>>,
): void {
  const { offered, acknowledged, refused, unknown, stored, duplicated } = verdict;
  const rounded = Object.entries(more).map(([name, number]) => [name, Math.round(number)]);
  const numbers = { version, run, offered, acknowledged, refused, unknown, stored, duplicated: duplicated.length };
  process.stderr.write(`${JSON.stringify({ ...numbers, ...Object.fromEntries(rounded) })}\n`);
}
