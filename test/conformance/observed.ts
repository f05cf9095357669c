/**
 * What was observed: which case passed on which target, written down by the run itself in a folder that git ignores. The
 * page of the table is made from it and from nothing else.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReleaseName } from '../../src/testing/index.js';
import type { DeclaredCapability } from './all-capabilities.js';
import { type ProfileName, profileNames } from './profiles.js';

/** What the cases ran against. */
export interface TargetName {
  readonly where: 'embedded' | 'real';
  readonly release: ReleaseName;
}

export type Verdict = 'passed' | 'failed';

interface Observation {
  /** Of the file with the cases: what was seen of another text says nothing about this one. */
  readonly sourceSha256: string;
  readonly verdicts: Readonly<Record<string, Verdict>>;
}

const folder = join(__dirname, '../../.work/conformance');

/**
 * Adds what was seen on brokers of one profile to what earlier runs of the same text saw. Suites of different profiles may
 * run side by side: each has its own file.
 */
export function recordVerdicts(
  target: TargetName,
  profile: ProfileName,
  capability: DeclaredCapability,
  verdicts: Readonly<Record<string, Verdict>>,
): void {
  const path = pathOf(target, profile, capability);
  mkdirSync(join(path, '..'), { recursive: true });
  const merged = { ...readVerdicts(path, capability), ...verdicts };
  const observation: Observation = { sourceSha256: digestOf(capability), verdicts: merged };
  writeFileSync(path, `${JSON.stringify(observation, undefined, 2)}\n`);
}

/** By the names of the cases; empty when nothing was recorded of this text. */
export function recordedVerdicts(
  target: TargetName,
  capability: DeclaredCapability,
): Readonly<Record<string, Verdict>> {
  return Object.assign(
    {},
    ...profileNames.map((profile) => readVerdicts(pathOf(target, profile, capability), capability)),
  );
}

function readVerdicts(path: string, capability: DeclaredCapability): Readonly<Record<string, Verdict>> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return {};
  }
  const { sourceSha256, verdicts }: Observation = JSON.parse(text);
  return sourceSha256 === digestOf(capability) ? verdicts : {};
}

function pathOf({ where, release }: TargetName, profile: ProfileName, { title }: DeclaredCapability): string {
  return join(folder, `${where}-${release}`, profile, `${title.replaceAll(/[^\w]+/g, '-')}.json`);
}

const digestOf = ({ source }: DeclaredCapability): string => createHash('sha256').update(source).digest('hex');
