/**
 * Decides what of a producer's doings is traced, and as what: its sends, the ends of its transactions, its recalls. What
 * becomes of the records is `trace-outbox.ts`'s.
 * Source: SendMessageTraceHookImpl.java, EndTransactionTraceHookImpl.java, DefaultRecallMessageTraceHook.java (5.5.0).
 */
import { DEFAULT_REGION, encodeEndTrace, encodePublishTrace, encodeRecallTrace } from '../../protocol/trace-record.js';
import type { EndTransactionContext } from '../hooks/end-context.js';
import type { Message } from '../message/message.js';
import type { SendReceipt } from '../message/outcome.js';
import type { SendContext } from '../hooks/send-context.js';
import type { TraceOutbox } from './trace-outbox.js';

/** One attempt to take a timer message back. */
export interface TracedRecall {
  readonly group: string;
  readonly topic: string;
  readonly msgId: string;
  /** As the broker names it, if it does. */
  readonly regionId: string | undefined;
  readonly isRecalled: boolean;
}

/** None of its methods throws. */
export class Tracer {
  readonly #traceTopic: string;
  readonly #outbox: Pick<TraceOutbox, 'add'>;

  constructor(traceTopic: string, outbox: Pick<TraceOutbox, 'add'>) {
    this.#traceTopic = traceTopic;
    this.#outbox = outbox;
  }

  /** A message was stored by this attempt, which began at `startedAt` (ms since 1970). */
  sent(context: SendContext, receipt: SendReceipt, startedAt: number, elapsedMs: number): void {
    const { group, message, msgId, address, bodyBytes, kind } = context;
    const { regionId, offsetMsgId, status } = receipt;
    const { topic } = message;
    if (!this.#isTraced(topic)) return;
    const { tags, keys } = labelsOf(message);
    const text = encodePublishTrace({
      time: startedAt,
      regionId: regionOf(regionId),
      group,
      topic,
      msgId,
      tags,
      keys,
      storeHost: address,
      bodyBytes,
      costMs: Math.round(elapsedMs),
      kind,
      offsetMsgId,
      isStoredSafely: status === 'SEND_OK',
    });
    this.#outbox.add({ topic, msgId, keys, text });
  }

  /** A broker is about to be told how a transaction ends, whose half message lies in this region. */
  ended(context: EndTransactionContext, regionId: string | undefined): void {
    const { group, message, topic, msgId, transactionId, resolution, isFromCheck, address } = context;
    if (!this.#isTraced(topic)) return;
    const { tags, keys } = labelsOf(message);
    const text = encodeEndTrace({
      time: Date.now(),
      regionId: regionOf(regionId),
      group,
      topic,
      msgId,
      tags,
      keys,
      storeHost: address,
      transactionId,
      resolution,
      isFromCheck,
    });
    this.#outbox.add({ topic, msgId, keys, text });
  }

  /** A broker has answered whether it takes a timer message back. */
  recalled({ regionId, ...recall }: TracedRecall): void {
    const { topic, msgId } = recall;
    if (!this.#isTraced(topic)) return;
    const text = encodeRecallTrace({ time: Date.now(), regionId: regionOf(regionId), ...recall });
    this.#outbox.add({ topic, msgId, keys: undefined, text });
  }

  /** As in Java also topics whose names only begin like that of the traces are not. */
  #isTraced(topic: string): boolean {
    return !topic.startsWith(this.#traceTopic);
  }
}

const regionOf = (regionId: string | undefined): string =>
  regionId === undefined || regionId === '' ? DEFAULT_REGION : regionId;

/** What an empty tag, or no key at all, is on the wire: not there. */
function labelsOf(message: Message<unknown> | undefined): { tags: string | undefined; keys: string | undefined } {
  const keys = typeof message?.keys === 'string' ? message.keys : message?.keys?.join(' ');
  return { tags: message?.tag === '' ? undefined : message?.tag, keys: keys === '' ? undefined : keys };
}
