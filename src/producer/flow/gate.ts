/**
 * How a stage below tells a pull source above to wait: a level-triggered gate, handed up through any operators that
 * subscribe synchronously (`Ambient`). Nothing here counts messages; that is `Window`.
 */
import type { CallbackContext } from '../../callbacks/async-context.js';
import { Ambient } from './ambient.js';
import type { Arrivals } from './arrivals.js';

/** Open: read on. Closed: wait until called back. */
export interface Gate {
  readonly isOpen: boolean;
  /** Where sources that are read by it run; absent: each where it was subscribed to. */
  readonly callerContext?: CallbackContext | undefined;
  /** Calls `resume` once, when the gate is open again. A gate that will never open again drops it. */
  whenOpen(resume: () => void): void;
  /** A pull source reads by this gate from now on, until the returned function is called. */
  addSource(): () => void;
  /** What has come to it; absent where nobody counts. */
  readonly arrivals?: Arrivals | undefined;
}

/** Published by `admit`, found by `fromPull`. */
export const ambientGate = new Ambient<Gate>('gate');
