/**
 * `npm run test:chaos`: random faults over embedded clusters, and what must hold all the same. `SEED` repeats a run,
 * `SECONDS_LONG` says how long all of them take (60). One line of JSON for each run.
 */
import { chaosRun } from './chaos-run.js';
import { faultPlan } from './fault-plan.js';
import { brokenPromises } from './invariants.js';

const SECONDS_PER_RUN = 20;
/** A run that has not ended so long after its last fault hangs. */
const PATIENCE_MS = 60_000;

const seconds = Number(process.env['SECONDS_LONG'] ?? 60);
const firstSeed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const runs = Math.max(1, Math.round(seconds / SECONDS_PER_RUN));
let failed = 0;
let acknowledged = 0;

for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
  const lengthMs = (seconds * 1000) / runs;
  const plan = faultPlan(seed, lengthMs);
  const watchdog = setTimeout(() => {
    console.log(
      `chaos: FAILED, the run of seed ${seed} does not end; repeat with SEED=${seed} SECONDS_LONG=${seconds}`,
    );
    process.exit(1);
  }, lengthMs + PATIENCE_MS);
  const history = await chaosRun(seed, plan);
  clearTimeout(watchdog);
  const broken = brokenPromises(history);
  const verdicts = history.producers.map(({ verdict }) => verdict);
  const sum = (of: (verdict: (typeof verdicts)[number]) => number): number =>
    verdicts.reduce((total, verdict) => total + of(verdict), 0);
  acknowledged += sum((verdict) => verdict.acknowledged);
  if (broken.length > 0) failed++;
  const result = {
    seed,
    faults: plan.length,
    offered: sum((verdict) => verdict.offered),
    acknowledged: sum((verdict) => verdict.acknowledged),
    notStored: sum((verdict) => verdict.refused),
    maybeStored: sum((verdict) => verdict.unknown),
    stored: sum((verdict) => verdict.stored),
    duplicated: sum((verdict) => verdict.duplicated.length),
    retried: history.producers.reduce((total, producer) => total + producer.retried, 0),
    ambiguousAttempts: history.ambiguousAttempts,
    broken,
  };
  console.log(JSON.stringify(result));
}

const repeat = failed === 0 ? '' : `; repeat with SEED=${firstSeed} SECONDS_LONG=${seconds}`;
console.log(`chaos: ${runs - failed} passed, ${failed} failed (${acknowledged} messages acknowledged)${repeat}`);
process.exitCode = failed === 0 ? 0 : 1;
