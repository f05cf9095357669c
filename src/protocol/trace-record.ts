/**
 * What a trace says of one event in the life of a message, as text: what consoles and `mqadmin queryMsgTraceById` read.
 * When something is traced is decided elsewhere.
 * Source: TraceDataEncoder.java, TraceView.java (4.9.7, 5.5.0). Readers pass over kinds of records that they do not know,
 * as those below 5.3.2 do with `Recall`.
 *
 *     Pub            | time | region | group | topic | msgId | tags | keys | store host | body length | cost | kind | offset id | success
 *     EndTransaction | time | region | group | topic | msgId | tags | keys | store host | kind | transaction id | state | from check
 *     Recall         | time | region | group | topic | msgId | success
 */
import type { Resolution } from './requests/end-transaction.js';

/** What every record says. */
interface TracedEvent {
  /** When it began; ms since 1970. */
  readonly time: number;
  readonly regionId: string;
  readonly group: string;
  readonly topic: string;
  readonly msgId: string;
}

interface TracedMessage extends TracedEvent {
  readonly tags: string | undefined;
  /** Divided by blanks. */
  readonly keys: string | undefined;
  /** Of the broker. */
  readonly storeHost: string;
}

/** A message was sent, and its broker has answered. */
export interface PublishTrace extends TracedMessage {
  /** As it was sent. */
  readonly bodyBytes: number;
  readonly costMs: number;
  readonly kind: keyof typeof KINDS;
  readonly offsetMsgId: string;
  readonly isStoredSafely: boolean;
}

/** A broker is told how a transaction ends. */
export interface EndTrace extends TracedMessage {
  readonly transactionId: string;
  readonly resolution: Resolution;
  /** Whether the broker had asked. */
  readonly isFromCheck: boolean;
}

/** A timer message was taken back, or its broker has refused that. */
export interface RecallTrace extends TracedEvent {
  readonly isRecalled: boolean;
}

/** What Java calls the region of brokers that do not name theirs (MixAll.DEFAULT_TRACE_REGION_ID). */
export const DEFAULT_REGION = 'DefaultRegion';

/** Ordinals of MessageType.java; 4.9.7 knows those up to 3. */
const KINDS = { normal: 0, transaction: 1, delay: 3 } as const;
const TRANSACTION_END = 2;
/** LocalTransactionState.java. */
const STATES: Readonly<Record<Resolution, string>> = {
  commit: 'COMMIT_MESSAGE',
  rollback: 'ROLLBACK_MESSAGE',
  unknown: 'UNKNOW',
};

const FIELD_END = '\u0001';
const RECORD_END = '\u0002';
/** What Java writes for what is not there. */
const NONE = 'null';

/** One record; records are put behind each other. */
export function encodePublishTrace(trace: PublishTrace): string {
  const { bodyBytes, costMs, kind, offsetMsgId, isStoredSafely } = trace;
  return record('Pub', [...fieldsOf(trace), bodyBytes, costMs, KINDS[kind], offsetMsgId, isStoredSafely]);
}

/** One record; records are put behind each other. */
export function encodeEndTrace(trace: EndTrace): string {
  const { transactionId, resolution, isFromCheck } = trace;
  const end = [TRANSACTION_END, transactionId, STATES[resolution], isFromCheck];
  return record('EndTransaction', [...fieldsOf(trace), ...end]);
}

/** One record; records are put behind each other. */
export function encodeRecallTrace(trace: RecallTrace): string {
  const { time, regionId, group, topic, msgId, isRecalled } = trace;
  return record('Recall', [time, regionId, group, topic, msgId, isRecalled]);
}

type Field = string | number | boolean;

function fieldsOf({ time, regionId, group, topic, msgId, tags, keys, storeHost }: TracedMessage): readonly Field[] {
  return [time, regionId, group, topic, msgId, tags ?? NONE, keys ?? NONE, storeHost];
}

const record = (type: string, fields: readonly Field[]): string => [type, ...fields].join(FIELD_END) + RECORD_END;
