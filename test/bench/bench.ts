/** What a scenario works with: programs, progress, and where results are kept. */
import { join } from 'node:path';
import type { Programs } from './programs.js';
import type { ProgressLine } from './progress-line.js';

export interface BenchOptions {
  /** Each thing is measured so many times. */
  readonly repeats: number;
  /** Whether clients are compared at real brokers too. */
  readonly isReal: boolean;
}

export interface Bench extends BenchOptions {
  /** Of the repository. */
  readonly root: string;
  readonly programs: Programs;
  readonly progress: ProgressLine;
}

/** Where results are recorded. */
export const recordPath = ({ root }: Pick<Bench, 'root'>): string => join(root, '.work/bench/results.json');
