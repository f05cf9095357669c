/**
 * How a stage below tells a pull source above to wait: a level-triggered gate, handed up through any operators that
 * subscribe synchronously. rxjs subscribes from the bottom up, so `admit` publishes its gate while it subscribes to
 * its source and `fromPull`, at the top, finds it. Nothing here counts messages; that is `Flow`.
 */

/** Open: read on. Closed: wait until called back. */
export interface Gate {
  readonly isOpen: boolean;
  /** Calls `resume` once, when the gate is open again. A gate that will never open again drops it. */
  whenOpen(resume: () => void): void;
}

// Behind Symbol.for, because an ESM and a CJS copy of this library may be loaded at once.
const AMBIENT_GATE = Symbol.for('rx-rocketmq.ambient-gate');
const ambient: typeof globalThis & { [AMBIENT_GATE]?: Gate | undefined } = globalThis;

/** The gate of the pipeline that is being subscribed to right now, if there is one. */
export const ambientGate = (): Gate | undefined => ambient[AMBIENT_GATE];

/** Runs `work` with `gate` as the ambient one. */
export function withAmbientGate<T>(gate: Gate | undefined, work: () => T): T {
  const outer = ambient[AMBIENT_GATE];
  ambient[AMBIENT_GATE] = gate;
  try {
    return work();
  } finally {
    ambient[AMBIENT_GATE] = outer;
  }
}

/** Runs `work` with no ambient gate; costs next to nothing where there is none anyway. */
export function withoutAmbientGate(work: () => void): void {
  if (ambient[AMBIENT_GATE] === undefined) work();
  else withAmbientGate(undefined, work);
}
