/**
 * The releases since which brokers can do something, as the versions that every answer tells. What a broker does with a
 * message that asks for more than it knows: it takes it, and does not do it.
 * Source: MQVersion.java (5.5.0); V5_a_b = 413 + 20a + 2b.
 */
export const BrokerVersion = {
  /** Timers. */
  V5_0_0: 413,
  /** Priorities. */
  V5_4_0: 493,
  /** Lite topics. */
  V5_5_0: 513,
} as const;

const V4_0_0 = 213;
const STEPS = { major: 200, minor: 20, patch: 2 };

/** `5.5.0` for 513; of a version outside of the formula the number itself. */
export function releaseName(version: number): string {
  const since = version - V4_0_0;
  if (since < 0) return `version ${version}`;
  const major = 4 + Math.floor(since / STEPS.major);
  const minor = Math.floor((since % STEPS.major) / STEPS.minor);
  const patch = Math.floor((since % STEPS.minor) / STEPS.patch);
  return `${major}.${minor}.${patch}`;
}
