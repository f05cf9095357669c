/**
 * Turns the declared capabilities into jest suites for one target, and records what they show. Which servers stand behind
 * the target is decided by whoever calls.
 */
import { type DeclaredCapability, allCapabilities } from './all-capabilities.js';
import { type CapabilityCase, profileOf, runsOn } from './capability.js';
import { recordVerdicts, type TargetName, type Verdict } from './observed.js';
import { type ProfileName, profileNames } from './profiles.js';
import type { ConformanceTarget } from './target.js';

const CASE_LIMIT_MS = 60_000;

/** The profiles that some case needs on this release, in the order in which they are to be booted. */
export function profilesInUse({ release }: TargetName): readonly ProfileName[] {
  return profileNames.filter((profile) =>
    allCapabilities.some((capability) => casesFor(capability, profile, release).length > 0),
  );
}

/** The cases of one profile; `target` is asked for in each case, after the hooks of whoever calls this have booted it. */
export function capabilitySuites(name: TargetName, profile: ProfileName, target: () => ConformanceTarget): void {
  for (const capability of allCapabilities) {
    const cases = casesFor(capability, profile, name.release);
    if (cases.length === 0) continue;
    describe(`row ${capability.row}, ${capability.title}`, () => {
      const verdicts: Record<string, Verdict> = {};
      afterAll(() => recordVerdicts(name, profile, capability, verdicts));
      test.each(cases.map((one) => [one.name, one] as const))(
        '%s',
        async (_, one) => {
          verdicts[one.name] = 'failed';
          await one.run(target());
          verdicts[one.name] = 'passed';
        },
        Math.max(...cases.map(({ limitMs = CASE_LIMIT_MS }) => limitMs)),
      );
    });
  }
}

const casesFor = (
  capability: DeclaredCapability,
  profile: ProfileName,
  release: TargetName['release'],
): readonly CapabilityCase[] =>
  capability.cases.filter((one) => profileOf(capability, one) === profile && runsOn(one, release));
