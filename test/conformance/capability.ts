/**
 * What a capability is, as data: rows of the conformance table. Says nothing about how cases are run (see
 * `capability-suites.ts`) nor how the table looks.
 */
import type { ReleaseName } from '../../src/testing/index.js';
import type { ProfileName } from './profiles.js';
import type { ConformanceTarget } from './target.js';

/** The releases that every case runs against, twice: embedded and real. */
export const RELEASES: readonly ReleaseName[] = ['5.5.0', '4.9.7'];

/** One row of the table. Every file of `capabilities/` exports one or more as `capabilities`. */
export interface Capability {
  /** The capability of the list (see `rows.ts`); several may share a row. */
  readonly row: number;
  /** What the user can do, in a few words; unique. */
  readonly title: string;
  /** How the brokers are set up for all its cases, unless a case says otherwise. */
  readonly profile: ProfileName;
  /** For each release at least one that succeeds and one that is refused or fails. */
  readonly cases: readonly CapabilityCase[];
}

/** One test, the same on every target. */
export interface CapabilityCase {
  /**
   * A sentence, unique in its file, without `|`, `[` and `]`. Written as a literal in the file of the capability: the
   * page links to its line.
   */
  readonly name: string;
  /** Whether what is asked for works here, or is refused or fails as it must. */
  readonly shows: 'success' | 'refusal';
  /** Default: the capability's. */
  readonly profile?: ProfileName;
  /** The releases that can do this, with what is in the way of the others; default: all. */
  readonly only?: { readonly releases: readonly ReleaseName[]; readonly because: string };
  /** Default 60 s. */
  readonly limitMs?: number;
  /** Fails by throwing. What it creates (topics, groups) it names like nobody else. */
  readonly run: (target: ConformanceTarget) => Promise<void>;
}

/** The setup that a case needs. */
export function profileOf(capability: Capability, one: CapabilityCase): ProfileName {
  return one.profile ?? capability.profile;
}

/** Whether the case runs on targets of this release. */
export function runsOn(one: CapabilityCase, release: ReleaseName): boolean {
  return one.only === undefined || one.only.releases.includes(release);
}
