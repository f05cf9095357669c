/**
 * Profile by profile, a cluster and in turn everything that is tested on it; what disturbs it most comes last. A cluster
 * is shut down before the next one boots. Which suites run side by side is decided by their files.
 */
import { brokerLimits } from '../conformance/broker-limits.js';
import { capabilitySuites, profilesInUse } from '../conformance/capability-suites.js';
import type { TargetName } from '../conformance/observed.js';
import { producerConformance } from '../conformance/producer-conformance.js';
import { type ProfileName, profiles } from '../conformance/profiles.js';
import type { ConformanceTarget } from '../conformance/target.js';
import type { Artifacts } from './artifacts.js';
import { bootCluster, type RealCluster } from './cluster.js';
import { faultSuites } from './faults.js';
import { keyOrderSuite } from './key-order.js';
import { readingSuite } from './reading.js';
import { realTarget } from './real-target.js';
import { streamSuite } from './stream.js';

/** Servers that live for a minute boot faster without the compiler that makes long runs fast. */
const SHORT_LIVED = ['-XX:TieredStopAtLevel=1'];
const BOOT_LIMIT_MS = 240_000;

/** On brokers with default settings: the capabilities, and all that is in no row of the list. */
export function plainSuites(artifacts: Artifacts): void {
  profileSuites(artifacts, targetOf(artifacts), 'plain');
}

/** On all others. */
export function otherProfileSuites(artifacts: Artifacts): void {
  const name = targetOf(artifacts);
  for (const profile of profilesInUse(name)) if (profile !== 'plain') profileSuites(artifacts, name, profile);
}

const targetOf = ({ version }: Artifacts): TargetName => ({ where: 'real', release: version });

function profileSuites(artifacts: Artifacts, name: TargetName, profile: ProfileName): void {
  describe(`brokers ${profiles[profile].what} (${profile})`, () => suitesOf(artifacts, name, profile));
}

function suitesOf(artifacts: Artifacts, name: TargetName, profile: ProfileName): void {
  const { brokers, real } = profiles[profile];
  let booted: RealCluster | undefined;
  const cluster = (): RealCluster => {
    if (booted === undefined) throw new Error('the cluster did not boot');
    return booted;
  };
  const target = (): ConformanceTarget => realTarget(artifacts, cluster());
  const isPlain = profile === 'plain';
  let bootMs = 0;
  let startedAt = 0;
  beforeAll(async () => {
    startedAt = performance.now();
    const setup = real?.(name.release) ?? {};
    const { jvmFlags = [] } = setup;
    const flagsOf = (server: string): readonly string[] =>
      typeof jvmFlags === 'function' ? jvmFlags(server) : jvmFlags;
    booted = await bootCluster(artifacts, {
      ...setup,
      jvmFlags: isPlain ? jvmFlags : (server) => [...SHORT_LIVED, ...flagsOf(server)],
      brokers,
    });
    bootMs = performance.now() - startedAt;
  }, BOOT_LIMIT_MS);
  afterAll(async () => {
    await booted?.shutdown();
    // What happened in the minutes between two lines of jest.
    const numbers = { bootMs: Math.round(bootMs), allMs: Math.round(performance.now() - startedAt) };
    process.stderr.write(`${JSON.stringify({ version: name.release, profile, ...numbers })}\n`);
  }, 30_000);

  if (isPlain) describe('reading', () => readingSuite(cluster));
  if (isPlain) describe('conformance', () => producerConformance(target));
  if (isPlain) describe('limits', () => brokerLimits(name.release, target));
  describe('capabilities', () => capabilitySuites(name, profile, target));
  if (isPlain) describe('the stream', () => streamSuite(cluster));
  if (isPlain) describe('order', () => keyOrderSuite(cluster));
  if (isPlain) describe('faults', () => faultSuites(cluster));
}
