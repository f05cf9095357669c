/**
 * Whether and how a producer traces what it sends: the option, and what it amounts to. What is traced is `tracer.ts`'s.
 */
import type { Filled } from '../../options/check-options.js';
import { either, isObject, type Kind, trueOrFalse } from '../../options/option-kinds.js';

/** What is special about the traces of a producer. */
export interface TraceOptions {
  /** Where they go. Default `RMQ_SYS_TRACE_TOPIC`, where consoles look for them; brokers have it with `traceTopicEnable=true`. */
  readonly topic?: string | undefined;
  /** Messages that one trace message tells of, 1 to 100. Default 10. */
  readonly batch?: number | undefined;
}

const DEFAULTS: Filled<TraceOptions> = { topic: 'RMQ_SYS_TRACE_TOPIC', batch: 10 };
const MAX_BATCH = 100;
const TOPIC = /^[%|a-zA-Z0-9_-]{1,127}$/;

const someTrace: Kind<TraceOptions> = {
  allowed: `{ topic, batch } with a topic name and a whole number from 1 to ${MAX_BATCH}`,
  accepts: (given): given is TraceOptions => {
    if (!isObject(given)) return false;
    const { topic = DEFAULTS.topic, batch = DEFAULTS.batch, ...others } = given;
    const isBatch = typeof batch === 'number' && Number.isInteger(batch) && batch >= 1 && batch <= MAX_BATCH;
    return typeof topic === 'string' && TOPIC.test(topic) && isBatch && Object.keys(others).length === 0;
  },
};

export const traceKind: Kind<boolean | TraceOptions> = either(trueOrFalse, someTrace);

/** Undefined where nothing is traced. */
export function tracing(trace: boolean | TraceOptions): Filled<TraceOptions> | undefined {
  if (trace === false) return undefined;
  const { topic = DEFAULTS.topic, batch = DEFAULTS.batch } = trace === true ? DEFAULTS : trace;
  return { topic, batch };
}
