/** The options of `mapAsync`: the type, the table and the check. */
import type { FlowGate } from './flow/flow-gate.js';
import { OptionCheck, type OptionTable } from '../options/check-options.js';
import { integer, objectWith, trueOrFalse } from '../options/option-kinds.js';

/** How much `mapAsync` does at once. */
export interface MapAsyncOptions {
  /** Items at most in `project`, or done with it and waiting to go on. */
  readonly concurrency?: number | undefined;
  /** Results in the order of the items; `false`: in the order in which they are done. */
  readonly ordered?: boolean | undefined;
  /** Items at most that wait for `project` when the source cannot be paused. One more ends the stream with RMQ_OVERLOADED, after everything accepted has gone on. */
  readonly buffer?: number | undefined;
  /** The gate of the pipeline below, where it cannot be found: across an asynchronous boundary, as with `fromPull`. */
  readonly gate?: FlowGate | undefined;
}

const MAX_ITEMS = 1_000_000;

/** Every option of `MapAsyncOptions`; what it is for is written there. */
export const mapAsyncOptions = {
  concurrency: { kind: integer(1, MAX_ITEMS), default: 16 },
  ordered: { kind: trueOrFalse, default: true },
  buffer: { kind: integer(0, MAX_ITEMS), default: 1024 },
  gate: { kind: objectWith<FlowGate>('a gate of createFlowGate', 'ready', 'pause', 'resume') },
} as const satisfies { readonly [K in keyof MapAsyncOptions]-?: OptionTable[string] };

/** Checks them and fills in the defaults. Throws RMQ_CONFIG_INVALID with all problems at once. */
export function checkMapAsyncOptions(options: MapAsyncOptions) {
  const check = new OptionCheck('options of mapAsync');
  const taken = check.take(options, mapAsyncOptions);
  check.assertNone();
  return taken;
}
