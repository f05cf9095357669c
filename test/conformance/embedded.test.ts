/** The conformance suites against the embedded broker, as both releases that it can behave as, profile by profile. */
import type { EmbeddedCluster } from '../../src/testing/index.js';
import { RELEASES } from './capability.js';
import { capabilitySuites, profilesInUse } from './capability-suites.js';
import { embeddedTarget, startEmbedded } from './embedded-target.js';
import type { TargetName } from './observed.js';
import { producerConformance } from './producer-conformance.js';
import { profiles } from './profiles.js';
import type { ConformanceTarget } from './target.js';

describe.each(RELEASES)('conformance of the embedded cluster as %s', (release) => {
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

    if (profile === 'plain') producerConformance(target);
    capabilitySuites(name, profile, target);
  });
});
