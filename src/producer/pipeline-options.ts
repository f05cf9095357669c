/**
 * The options of one pipeline (`toRocketMQ` and its like): the type, the table and the check. What each stage does
 * with its option is written at the stage.
 */
import type { Observer } from 'rxjs';
import { type Checked, OptionCheck, type OptionTable } from './check-options.js';
import { type CompressOptions, compressOptions } from './config.js';
import { callback, either, integer, isObject, oneOf } from './option-kinds.js';
import type { SendFailure } from './outcome.js';
import type { QueueSelector } from './queue-selector.js';

/** What may wait for a slot when the source cannot be paused; beyond it a message fails with RMQ_OVERLOADED. */
export interface BufferOptions {
  /** Messages that wait at most. */
  readonly messages?: number;
  /** Their bodies and properties at most. When absent, as much as `windowBytes`. */
  readonly bytes?: number;
}

/** When a failed attempt is followed by another one. */
export interface RetryOptions {
  /** Attempts after the first. When absent, as the producer's configuration says. */
  readonly retries?: number;
  /** Which failed attempts are followed by another. When absent, those whose error is `retryable`. */
  readonly retryOn?: (failure: SendFailure) => boolean;
  /** Ms before attempt `attempt` (2, 3, …). When absent, none while another broker is left and the last was not busy. */
  readonly delayMs?: (attempt: number) => number;
}

/** How one pipeline sends. `C` is the type of the messages' context. */
export interface PipelineOptions<C = unknown> {
  /** Messages in flight at most. */
  readonly window?: number;
  /** Bytes in flight at most (bodies and properties); whichever limit is reached first holds. A larger message goes alone. */
  readonly windowBytes?: number;
  /** What may wait when the source cannot be paused. What finds no room there fails with RMQ_OVERLOADED. */
  readonly buffer?: BufferOptions;
  /** `error` ends the stream with the first failure, once what is in flight is settled; `result` emits failures like receipts. */
  readonly onFailure?: 'error' | 'result';
  /** Further attempts; `false` makes exactly one. */
  readonly retry?: RetryOptions | false;
  /** When absent, as the producer's configuration says. */
  readonly compress?: CompressOptions | false;
  /** How queues are chosen. When absent, messages with a `shardingKey` by hash, all others in rotation. */
  readonly selectQueue?: QueueSelector;
  /** Is told every failure, whatever `onFailure` says. */
  readonly deadLetter?: Partial<Observer<SendFailure<C>>>;
}

const MAX_MESSAGES = 1_000_000;
const MAX_BYTES = 2 ** 30;

const observer = {
  allowed: 'an object with next, error or complete',
  accepts: (given: unknown): given is Partial<Observer<SendFailure>> =>
    isObject(given) && ['next', 'error', 'complete'].some((name) => typeof given[name] === 'function'),
};

/** Every option of `PipelineOptions`; what it is for is written there. */
export const pipelineOptions = {
  window: { kind: integer(1, MAX_MESSAGES), default: 256, java: 'backPressureForAsyncSendNum' },
  windowBytes: { kind: integer(1, MAX_BYTES), default: 8 * 1024 * 1024, java: 'backPressureForAsyncSendSize' },
  buffer: {
    members: {
      messages: { kind: integer(0, MAX_MESSAGES), default: 1024 },
      bytes: { kind: integer(0, MAX_BYTES) },
    },
    hasDefaults: true,
  },
  onFailure: { kind: oneOf('error', 'result'), default: 'error' },
  retry: {
    members: {
      retries: { kind: integer(0, 100) },
      retryOn: { kind: callback<(failure: SendFailure) => boolean>('a function from failure to boolean') },
      delayMs: { kind: callback<(attempt: number) => number>('a function from number of the attempt to ms') },
    },
    orFalse: true,
  },
  compress: { members: compressOptions, orFalse: true },
  selectQueue: {
    kind: either(
      oneOf('round-robin', 'hash', 'random'),
      callback<Exclude<QueueSelector, string>>('a function from queues and message to one of the queues'),
    ),
  },
  deadLetter: { kind: observer },
} as const satisfies { readonly [K in keyof PipelineOptions]-?: OptionTable[string] };

type CheckedOptions = Checked<typeof pipelineOptions>;

/** Pipeline options without problems, all defaults filled in; what is absent is as the producer's configuration says. */
export interface ResolvedPipelineOptions extends Omit<CheckedOptions, 'buffer'> {
  readonly buffer: Required<BufferOptions>;
}

/** Checks the options of a pipeline and fills in the defaults. Throws RMQ_CONFIG_INVALID with all problems at once. */
export function checkPipelineOptions(options: unknown = {}): ResolvedPipelineOptions {
  const check = new OptionCheck('pipeline options');
  const taken = check.take(options, pipelineOptions);
  check.assertNone();
  const { buffer, windowBytes } = taken;
  return Object.freeze({ ...taken, buffer: { ...buffer, bytes: buffer.bytes ?? windowBytes } });
}
