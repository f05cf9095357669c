/**
 * What may be handed to the stages where they are used alone: one table for each. What the options are for is written at
 * the stages.
 */
import type { OptionTable } from '../options/check-options.js';
import { callback, integer, objectWith, oneOf } from '../options/option-kinds.js';
import { queueSelector, timeLimit } from './call-options.js';
import { pipelineOptions } from './pipeline-options.js';
import { isProducer, type Producer } from './producer.js';

const {
  window,
  windowBytes,
  buffer,
  gate,
  deadLetter,
  until,
  signal,
  ordered,
  batch,
  mode,
  results,
  onFailure,
  retry,
} = pipelineOptions;

const producer = {
  allowed: 'a producer of createProducer',
  accepts: (given: unknown): given is Producer => typeof given === 'object' && given !== null && isProducer(given),
};

/** A producer, or what stands for one in a test. */
const standIn = (method: 'createFlow' | 'routeOf') => {
  const other = objectWith<Record<typeof method, unknown>>('a producer, or what stands for one', method);
  return { ...other, accepts: (given: unknown): given is object => producer.accepts(given) || other.accepts(given) };
};

export const admitArguments = {
  to: { kind: standIn('createFlow'), isRequired: true },
} as const satisfies OptionTable;

export const admitOptions = {
  window,
  windowBytes,
  buffer,
  gate,
  deadLetter,
  until,
  signal,
  ordered,
  timeoutMs: { kind: timeLimit },
  keepsOutcomes: { kind: oneOf('in-order', 'until-taken') },
} as const satisfies OptionTable;

export const lookupRouteArguments = {
  from: { kind: standIn('routeOf'), isRequired: true },
} as const satisfies OptionTable;

export const selectQueueArguments = {
  selector: { kind: queueSelector },
  producer: { kind: producer },
} as const satisfies OptionTable;

export const selectQueueOptions = { batch } as const satisfies OptionTable;

export const sendMessageArguments = { producer: { kind: producer, isRequired: true } } as const satisfies OptionTable;

export const sendMessageOptions = { mode, batch } as const satisfies OptionTable;

export const retryArguments = {
  attempt: { kind: callback('an operator: a function from Observable to Observable'), isRequired: true },
} as const satisfies OptionTable;

export const retryOptions = retry.members;

export const settleOptions = { results, onFailure } as const satisfies OptionTable;

export const validateOptions = {
  maxMessageBytes: { kind: integer(1, 2 ** 31 - 1) },
} as const satisfies OptionTable;
