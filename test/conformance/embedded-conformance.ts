/** The conformance suites against the embedded broker as one release, profile by profile. */
import type { EmbeddedCluster, ReleaseName } from '../../src/testing/index.js';
import { brokerLimits } from './broker-limits.js';
import { capabilitySuites, profilesInUse } from './capability-suites.js';
import { embeddedTarget, startEmbedded } from './embedded-target.js';
import type { TargetName } from './observed.js';
import { producerConformance } from './producer-conformance.js';
import { profiles } from './profiles.js';
import type { ConformanceTarget } from './target.js';

/** A file for each release calls it, so that they run side by side. */
export function embeddedConformance(release: ReleaseName): void {
  const name: TargetName = { where: 'embedded', release };
  describe.each(profilesInUse(name))('%s', (profile) => {
    let started: EmbeddedCluster | undefined;
    let booted: ConformanceTarget | undefined;
    beforeAll(async () => {
      started = await startEmbedded(profile, release);
      booted = embeddedTarget(started, release, profiles[profile].reader?.());
    });
    afterAll(() => started?.close());
    const target = (): ConformanceTarget => {
      if (booted === undefined) throw new Error('the embedded cluster did not start');
      return booted;
    };

    if (profile === 'plain') {
      producerConformance(target);
      describe('limits', () => brokerLimits(release, target));
    }
    capabilitySuites(name, profile, target);
  });
}
