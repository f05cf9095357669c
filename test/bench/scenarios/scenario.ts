/** The shape of everything that `npm run bench` can be asked for. */
import type { Bench } from '../bench.js';

/** One sentence that holds or does not. */
export interface Verdict {
  readonly holds: boolean;
  readonly says: string;
}

export interface Scenario {
  readonly name: string;
  /** One line for `--help`. */
  readonly about: string;
  /** Whether `npm run bench` without names runs it. */
  readonly isDefault: boolean;
  /** Cases that must be measured before; those of all scenarios are measured together, in turns. */
  readonly cases: readonly string[];
  /** Measures what is left, prints what it found, and judges it. */
  run(bench: Bench): Promise<readonly Verdict[]>;
}
