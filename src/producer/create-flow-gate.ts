/** Makes gates that are passed by hand. What a gate does is `flow-gate.ts`. */
import { FlowGate } from './flow/flow-gate.js';
import { checkFlowOptions } from './pipeline-options.js';
import type { FlowOptions } from './flow/window.js';

/**
 * A gate to pass by hand: `fromPull(source, gate)` reads by it, `toRocketMQ(producer, { gate })` opens and closes it.
 * Needed where the two cannot find each other: a `fromPull` that is subscribed to later or across an asynchronous
 * boundary, one source shared by two pipelines, a push source that can wait (`await gate.ready()`).
 *
 * `options` hold for the pipelines it is given to where theirs say nothing. Throws RMQ_CONFIG_INVALID for wrong ones.
 */
export function createFlowGate(options: FlowOptions = {}): FlowGate {
  return new FlowGate(checkFlowOptions(options));
}
