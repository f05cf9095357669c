/**
 * What a trace says of one message that was sent, as text: what consoles and `mqadmin queryMsgTraceById` of every version
 * read. When something is traced is decided elsewhere.
 * Source: TraceDataEncoder.java, TraceView.java (5.5.0).
 *
 *     Pub | time | region | group | topic | msgId | tags | keys | store host | body length | cost | kind | offset id | success
 */

export interface PublishTrace {
  /** When the attempt began; ms since 1970. */
  readonly time: number;
  readonly regionId: string;
  readonly group: string;
  readonly topic: string;
  readonly msgId: string;
  readonly tags: string | undefined;
  /** Divided by blanks. */
  readonly keys: string | undefined;
  /** Of the broker. */
  readonly storeHost: string;
  /** As it was sent. */
  readonly bodyBytes: number;
  readonly costMs: number;
  readonly kind: keyof typeof KINDS;
  readonly offsetMsgId: string;
  readonly isStoredSafely: boolean;
}

/** Ordinals of MessageType.java. */
const KINDS = { normal: 0, transaction: 1, delay: 3 } as const;

const FIELD_END = '\u0001';
const RECORD_END = '\u0002';
/** What Java writes for what is not there. */
const NONE = 'null';

/** One record; records are put behind each other. */
export function encodePublishTrace(trace: PublishTrace): string {
  const { time, regionId, group, topic, msgId, tags = NONE, keys = NONE, storeHost, bodyBytes } = trace;
  const { costMs, kind, offsetMsgId, isStoredSafely } = trace;
  const where = [time, regionId, group, topic, msgId, tags, keys, storeHost, bodyBytes];
  return ['Pub', ...where, costMs, KINDS[kind], offsetMsgId, isStoredSafely].join(FIELD_END) + RECORD_END;
}
