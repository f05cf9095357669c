/**
 * The options of one pipeline (`toRocketMQ` and its like): the type, the table and the check. What each stage does
 * with its option is written at the stage.
 */
import type { Observable, Observer } from 'rxjs';
import { type Checked, type Filled, OptionCheck, type OptionTable } from '../options/check-options.js';
import { checkCompression, type CompressOptions, compressOptions } from './options/compress-options.js';
import type { SendMode } from './message/envelope.js';
import { FlowGate } from './flow/flow-gate.js';
import { hasQueueOfKey, type OrderedOptions } from './flow/ordered-options.js';
import type { Message } from './message/message.js';
import {
  abortSignal,
  callback,
  either,
  integer,
  isObject,
  objectWith,
  observable,
  oneOf,
} from '../options/option-kinds.js';
import { registerPlaces } from '../options/option-places.js';
import type { SendFailure } from './message/outcome.js';
import type { QueueSelector } from './message/queue-selector.js';
import { queueSelector, timeLimit } from './call-options.js';
import { transactionOptions } from './transaction/transaction-options.js';
import type { BufferOptions, FlowOptions } from './flow/window.js';
import { MAX_BATCH_MEMBERS } from '../protocol/stored-limits.js';

/** When a failed attempt is followed by another one. */
export interface RetryOptions {
  /** Attempts after the first. When absent, as the producer's configuration says. */
  readonly retries?: number | undefined;
  /** Which failed attempts are followed by another. When absent, those whose error is `retryable`. */
  readonly retryOn?: ((failure: SendFailure) => boolean) | undefined;
  /** Ms before attempt `attempt` (2, 3, …). When absent, none while another broker is left and the last was not busy. */
  readonly delayMs?: ((attempt: number) => number) | undefined;
}

/** When messages leave together, in one frame to one queue. A batch leaves as soon as one of these is reached. */
export interface BatchOptions {
  /** Messages in a batch at most. */
  readonly messages?: number | undefined;
  /** Bytes of a batch at most: bodies, properties and 22 for each message. A larger message goes alone. Keep it below the `maxMessageSize` of the brokers. */
  readonly bytes?: number | undefined;
  /** Ms that the first message of a batch waits for others; 0 gathers what one turn of the event loop brings together. A batch leaves earlier when nothing more can come: the window is full, or the source has ended. */
  readonly lingerMs?: number | undefined;
}

/**
 * What a failure does to the stream. The dead letter is told every failure, whatever this says.
 * - `'error'`: no more messages are taken, what waits for a slot is given back, what is in flight is finished and its
 *   receipts are emitted; then the stream errors with a SendError that names every message without a receipt;
 * - `'result'`: the failure is emitted like a receipt, and the stream goes on;
 * - `'drop'`: the failure is not emitted, and the stream goes on;
 * - `'delay-error'`: the stream goes on, and errors at its end with a SendError that names the failures: 1000 or 8 MiB of them, and counts all.
 */
export type OnFailure = 'error' | 'result' | 'drop' | 'delay-error';

/**
 * The order of the outcomes: as they come about, or that of the messages; then an outcome holds its slot until its turn. A
 * message that finds no room in the buffer of a source that cannot be paused, or is dropped to make room, has no slot: its
 * failure waits for no turn and is emitted at once.
 */
export type ResultOrder = 'completion' | 'source';

/** How one pipeline sends. `C` is the type of the messages' context. */
export interface PipelineOptions<C = unknown> extends FlowOptions {
  /** Opens and closes with this pipeline; for sources that cannot find its gate by themselves. Its options hold where these say nothing. */
  readonly gate?: FlowGate | undefined;
  /** `confirm` waits for the broker; `oneway` only until the bytes are with the kernel, and nobody confirms anything. */
  readonly mode?: SendMode | undefined;
  /** The order of the outcomes; the failure of a message that overflows the buffer waits for no turn. */
  readonly results?: ResultOrder | undefined;
  /** What a failure does to the stream. */
  readonly onFailure?: OnFailure | undefined;
  /** Take no more at its first value (or abort), finish what was taken, complete. That it completes means nothing; its error ends the stream like one of the source. */
  readonly until?: Observable<unknown> | AbortSignal | undefined;
  /** Stop now: the stream errors with RMQ_ABORTED; what is with a broker may be stored. Also after `unsubscribe`. */
  readonly signal?: AbortSignal | undefined;
  /** Further attempts; `false` makes exactly one. */
  readonly retry?: RetryOptions | false | undefined;
  /** When absent, as the producer's configuration says. */
  readonly compress?: CompressOptions | false | undefined;
  /** Messages to one queue share a frame: several times as many a second. Every message keeps its own outcome; rotation over queues moves on with each batch. `true` is all defaults. Off when absent, because one lost answer then leaves a whole batch in doubt, and because brokers add less to the messages of a batch (5.x: no CLUSTER, MSG_REGION, TRACE_ON). */
  readonly batch?: BatchOptions | boolean | undefined;
  /** Messages of one key keep their order: one at a time, its attempts included, all to one queue; the others of its key wait in the buffer. `true` is all defaults. When absent, messages with a `shardingKey` are ordered (unless `selectQueue` says rotation or chance), and a failed one is skipped; `false` for no order. A `key` of its own also chooses the queue, by hash as a `shardingKey` does. Brokers keep no order of oneway messages. */
  readonly ordered?: OrderedOptions<C> | boolean | undefined;
  /** How queues are chosen. When absent, messages with a key (`ordered`) or `shardingKey` by hash, all others in rotation. */
  readonly selectQueue?: QueueSelector | undefined;
  /** Is told every failure, whatever `onFailure` says. */
  readonly deadLetter?: Partial<Observer<SendFailure<C>>> | undefined;
}

const MAX_MESSAGES = 1_000_000;
const MAX_BYTES = 2 ** 30;
/** What the frame limit of every server (16 MiB) leaves beside the header. */
const MAX_BATCH_BYTES = 16 * 1024 * 1024 - 64 * 1024;
const MAX_LINGER_MS = 30_000;

const observer = {
  allowed: 'an object with next, error or complete',
  accepts: (given: unknown): given is Partial<Observer<SendFailure>> =>
    isObject(given) && ['next', 'error', 'complete'].some((name) => typeof given[name] === 'function'),
};

/** A gate in the caller's hands. */
export const flowGate = objectWith<FlowGate>('a gate of createFlowGate', 'ready', 'pause', 'resume');

const flowOptions = {
  window: { kind: either(integer(1, MAX_MESSAGES), oneOf('auto')), default: 256, java: 'backPressureForAsyncSendNum' },
  windowBytes: { kind: integer(1, MAX_BYTES), default: 8 * 1024 * 1024, java: 'backPressureForAsyncSendSize' },
  buffer: {
    members: {
      messages: { kind: integer(0, MAX_MESSAGES), default: 1024 },
      bytes: { kind: integer(0, MAX_BYTES) },
      onOverflow: { kind: oneOf('error', 'drop-newest', 'drop-oldest', 'unbounded'), default: 'error' },
    },
    hasDefaults: true,
  },
} as const satisfies { readonly [K in keyof FlowOptions]-?: OptionTable[string] };

export const batchOptions = {
  messages: { kind: integer(1, MAX_BATCH_MEMBERS), default: 32 },
  bytes: { kind: integer(1, MAX_BATCH_BYTES), default: 64 * 1024, java: 'batchMaxBytes' },
  lingerMs: { kind: integer(0, MAX_LINGER_MS), default: 0, java: 'batchMaxDelayMs' },
} as const satisfies OptionTable;

/** Every option of `PipelineOptions`; what it is for is written there. */
export const pipelineOptions = {
  ...flowOptions,
  gate: { kind: flowGate },
  mode: { kind: oneOf('confirm', 'oneway'), default: 'confirm' },
  results: { kind: oneOf('completion', 'source'), default: 'completion' },
  onFailure: { kind: oneOf('error', 'result', 'drop', 'delay-error'), default: 'error' },
  until: { kind: either(observable, abortSignal) },
  signal: { kind: abortSignal },
  retry: {
    members: {
      retries: { kind: integer(0, 100) },
      retryOn: { kind: callback<(failure: SendFailure) => boolean>('a function from failure to boolean') },
      delayMs: { kind: callback<(attempt: number) => number>('a function from number of the attempt to ms') },
    },
    orFalse: true,
  },
  compress: { members: compressOptions, orFalse: true },
  batch: { members: batchOptions, orFalse: true, orTrue: true },
  ordered: {
    members: {
      key: {
        kind: callback<(message: Message<never>) => string | undefined>('a function from message to key or undefined'),
      },
      onFailure: { kind: oneOf('halt-key', 'skip'), default: 'halt-key' },
    },
    orFalse: true,
    orTrue: true,
  },
  selectQueue: { kind: queueSelector },
  deadLetter: { kind: observer },
} as const satisfies { readonly [K in keyof PipelineOptions]-?: OptionTable[string] };

registerPlaces('the options of a pipeline (toRocketMQ and its like)', pipelineOptions);

type CheckedOptions = Checked<typeof pipelineOptions>;

/** Pipeline options without problems, all defaults filled in; what is absent is as the producer's configuration says. */
export interface ResolvedPipelineOptions extends Omit<CheckedOptions, 'buffer'> {
  readonly buffer: Filled<BufferOptions>;
}

const { mode: _mode, ...withoutMode } = pipelineOptions;
const { batch: _batch, ...withoutModeAndBatch } = withoutMode;

/** Which options each kind of pipeline has: transactions and requests are confirmed, and requests travel alone. */
const tables = {
  toRocketMQ: pipelineOptions,
  sendEach: pipelineOptions,
  writable: pipelineOptions,
  inTransaction: { ...withoutMode, ...transactionOptions },
  requestReply: { ...withoutModeAndBatch, timeoutMs: { kind: timeLimit } },
} as const satisfies Record<string, OptionTable>;

/**
 * Checks the options of a pipeline and fills in the defaults. Throws RMQ_CONFIG_INVALID with all problems at once. `of`
 * is the operator or method that they were given to.
 */
export function checkPipelineOptions(
  options: unknown = {},
  of: keyof typeof tables = 'toRocketMQ',
): ResolvedPipelineOptions {
  const check = new OptionCheck(`options of ${of}`);
  const table: OptionTable = tables[of];
  // Those without a mode are confirmed.
  const taken = { mode: 'confirm', ...check.take(withThoseOfGate(options), table) } as CheckedOptions;
  checkCompression(check, taken.compress);
  const { buffer, windowBytes, ordered, selectQueue } = taken;
  const isScattered = !hasQueueOfKey(selectQueue);
  if (isScattered && typeof ordered === 'object') {
    check.add('ordered', `needs one queue for each key, and selectQueue is '${String(selectQueue)}'`);
  }
  check.assertNone();
  return Object.freeze({
    ...taken,
    buffer: { ...buffer, bytes: buffer.bytes ?? windowBytes },
    ...(isScattered && { ordered: false as const }),
  });
}

/** Checks the options of a gate, and leaves absent what is not given. Throws RMQ_CONFIG_INVALID with all problems at once. */
export function checkFlowOptions(options: FlowOptions): FlowOptions {
  const check = new OptionCheck('options of the gate');
  check.take(options, flowOptions);
  check.assertNone();
  return options;
}

function withThoseOfGate(options: unknown): unknown {
  if (!isObject(options) || !FlowGate.isGate(options['gate'])) return options;
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...options['gate'].options, ...Object.fromEntries(given) };
}
