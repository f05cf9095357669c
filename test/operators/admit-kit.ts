/** `admit` on a virtual clock, before a broker that the test plays: who got through, who was settled, how it ended. */
import { type Observable, Subject, type Subscription } from 'rxjs';
import { admit, type AdmitOptions } from '../../operators/admit.js';
import type { Envelope, Open, Settled } from '../../src/producer/message/envelope.js';
import type { Flow } from '../../src/producer/flow/flow.js';
import { VirtualTime } from '../src/time/virtual-time.js';
import { FlowBench } from './operator-kit.js';
import { Keeper } from './outcome-kit.js';

/** What `admit` is given. */
export type In = Open<number> | Settled<number>;

export interface AdmitRun {
  /** Where messages come from, unless the run was given others. */
  readonly source: Subject<In>;
  readonly time: VirtualTime;
  readonly bench: FlowBench;
  readonly flow: Flow;
  /** Those that were let in, whatever became of them. */
  readonly passed: readonly Envelope[];
  readonly settled: readonly Envelope[];
  /** `complete`, or the error. */
  readonly ends: readonly unknown[];
  /** Holds those that were let in until the test ends them. */
  readonly keeper: Keeper;
  readonly subscription: Subscription;
  /** The one that is under way with this context. */
  kept(n: number): Envelope;
  /** The statistics as a sum. */
  balance(): string;
}

export function runAdmit(options: AdmitOptions = {}, messages?: Observable<In>): AdmitRun {
  const source = new Subject<In>();
  const time = new VirtualTime();
  const bench = new FlowBench(time.clock.scheduler);
  const passed: Envelope[] = [];
  const settled: Envelope[] = [];
  const ends: unknown[] = [];
  const keeper = new Keeper((envelope) => settled.push(envelope));
  const subscription = (messages ?? source).pipe(admit(bench, options)).subscribe({
    next(envelope) {
      if (envelope.outcome !== undefined) {
        settled.push(envelope);
        return;
      }
      passed.push(envelope);
      keeper.keep(envelope);
    },
    error: (error: unknown) => ends.push(error),
    complete: () => ends.push('complete'),
  });
  const [flow] = bench.flows;
  if (flow === undefined) throw new Error('no flow');
  return {
    source,
    time,
    bench,
    flow,
    passed,
    settled,
    ends,
    keeper,
    subscription,
    kept(n) {
      const found = keeper.kept.find(({ context }) => context === n);
      if (found === undefined) throw new Error(`${n} is not under way`);
      return found;
    },
    balance() {
      const { offered, sent, failed, inFlight, buffered } = bench.statistics;
      return `${offered} = ${sent} sent + ${failed} failed + ${inFlight} in flight + ${buffered} buffered`;
    },
  };
}

export const contexts = (envelopes: readonly Envelope[]): unknown[] => envelopes.map(({ context }) => context);

/** How each of them ended: well, or where, and whether it is stored. */
export const outcomes = (envelopes: readonly Envelope[]): string[] =>
  envelopes.map(({ context, outcome }) =>
    outcome === undefined || outcome.ok
      ? `${String(context)} ok`
      : `${String(context)} ${outcome.stage} ${outcome.stored}`,
  );
