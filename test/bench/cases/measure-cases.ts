/**
 * Measures cases in rounds: in each round every case once, in a process of its own, beside the socket limits that they
 * are compared with. Machines are noisy over minutes; what stands side by side in one round is compared.
 */
import { type Bench, recordPath } from '../bench.js';
import type { Sink } from '../programs.js';
import { addToRecord, type CaseRun } from '../results/record.js';
import type { SinkOptions } from '../sink/sink-options.js';
import { caseNamed, limitOf } from './all-cases.js';
import type { Case } from './case.js';
import { measureCost } from './measure-case.js';

/** Measures the cases of these names and records their results. */
export async function measureCases(bench: Bench, names: readonly string[]): Promise<void> {
  const cases = [...new Set(names.map(caseNamed).flatMap((one) => [limitOf(one), one]))];
  if (cases.length === 0) return;
  const sinks = new Sinks(bench);
  const runs = new Map<Case, CaseRun[]>(cases.map((one) => [one, []]));
  try {
    for (let round = 1; round <= bench.repeats; round++) await measureRound(bench, sinks, runs, round);
  } finally {
    sinks.stop();
    bench.progress.clear();
  }
  const measuredAt = new Date().toISOString();
  addToRecord(recordPath(bench), {
    cases: Object.fromEntries([...runs].map(([{ name }, results]) => [name, { measuredAt, runs: results }])),
  });
}

async function measureRound(bench: Bench, sinks: Sinks, runs: Map<Case, CaseRun[]>, round: number): Promise<void> {
  const limits = new Map<Case, number>();
  let done = 0;
  for (const [measured, results] of runs) {
    const place = `round ${round}/${bench.repeats}, case ${++done}/${runs.size}: ${measured.name}`;
    bench.progress.show(place);
    const cost = await measureCost(bench.programs, measured, await sinks.nameServersFor(measured));
    if (measured.way === 'sockets') limits.set(measured, cost.cpuMicros);
    results.push({ cost, limitMicros: limits.get(limitOf(measured)) ?? Number.NaN });
    bench.progress.done(`${place} ${cost.cpuMicros.toFixed(2)} us`);
  }
}

/** One sink for each kind of them, for all rounds: what runs against it finds its code compiled. */
class Sinks {
  readonly #bench: Bench;
  readonly #started = new Map<string, Sink>();

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  async nameServersFor({ brokers, answers }: Case): Promise<string> {
    const options: SinkOptions = { brokers, answers };
    const key = JSON.stringify(options);
    const sink = this.#started.get(key) ?? (await this.#bench.programs.startSink(options));
    this.#started.set(key, sink);
    return sink.nameServers;
  }

  stop(): void {
    for (const sink of this.#started.values()) sink.stop();
  }
}
