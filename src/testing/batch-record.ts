/**
 * Batches that are stored as one record, as topics with `queue.type=BatchCQ` have them (5.x): their records know how many
 * messages they are, and readers take them apart. Which batches become such is decided where they are sent
 * (`protocol/batch-envelope.ts`), and by the topic.
 * Sources: SendMessageProcessor.java sendBatchMessage, HookUtils.java checkInnerBatch, BatchConsumeQueue.java,
 * MessageDecoder.java decodeMessage (5.5.0), and what real 5.5.0 answered and Java's consumer read.
 */
import { decodeBatchBody, encodeBatchBody } from '../protocol/batch-body.js';
import { MessageProperty } from '../protocol/message-properties.js';
import { decodeProperties, encodeProperties } from '../protocol/properties.js';
import type { StoredMessage } from '../protocol/stored-message.js';
import { SysFlag } from '../protocol/sys-flag.js';

/** `queue.type` of a topic (CQType.java). */
export type QueueType = 'SimpleCQ' | 'BatchCQ';

const INNER_NUM = 'INNER_NUM';
const INNER_BITS = SysFlag.INNER_BATCH | SysFlag.NEED_UNWRAP;

/** The unique key of a batch that becomes one record; undefined for those whose messages become records of their own. */
export function innerBatchKey(
  queueType: QueueType | undefined,
  envelope: ReadonlyMap<string, string>,
): string | undefined {
  return queueType === 'BatchCQ' ? envelope.get(MessageProperty.UNIQUE_KEY) : undefined;
}

/** What marks the record of a batch, besides the properties every message gets. */
export function innerBatchMarks(properties: string, sysFlag: number, count: number, firstOffset: number) {
  const marked = new Map([...decodeProperties(properties), [INNER_NUM, String(count)]]);
  marked.set('INNER_BASE', String(firstOffset));
  return { properties: encodeProperties(marked), sysFlag: sysFlag | INNER_BITS, count };
}

/** Whether a send says of itself that it is such a record, which is not for its sender to say. */
export function pretendsInnerBatch(properties: string, sysFlag: number, queueType: QueueType | undefined): boolean {
  if ((sysFlag & SysFlag.INNER_BATCH) !== 0) return queueType !== 'BatchCQ';
  return properties.includes(INNER_NUM) && decodeProperties(properties).has(INNER_NUM);
}

/**
 * The messages of a record: those of a batch with their own properties and offsets, and the place of the record; any
 * other record is one. Throws RMQ_PROTOCOL_VIOLATION for a batch that cannot be read.
 */
export function messagesIn(stored: StoredMessage): readonly StoredMessage[] {
  if ((stored.sysFlag & INNER_BITS) !== INNER_BITS) return [stored];
  return decodeBatchBody(stored.body).map(({ flag, body, properties }, i) => ({
    ...stored,
    flag,
    body: Buffer.from(body.buffer, body.byteOffset, body.length),
    properties,
    queueOffset: stored.queueOffset + BigInt(i),
  }));
}

/** The body of a batch of which only this is kept: the same members, each with the properties that `keep` makes of its own. */
export function bodiesDropped(body: Uint8Array, keep: (properties: string) => string): Buffer {
  const members = decodeBatchBody(Buffer.from(body.buffer, body.byteOffset, body.length));
  const noBody = new Uint8Array();
  return encodeBatchBody(members.map(({ flag, properties }) => ({ flag, body: noBody, properties: keep(properties) })));
}
