/**
 * What stands around the members of a batch: the properties of the batch itself, and the answer that is about all of
 * them. How the members lie in its body is `batch-body.ts`.
 */
import { MessageProperty } from './message-properties.js';
import { encodeProperties } from './properties.js';
import type { SendAnswer } from './send-answer.js';
import { violation } from './violation.js';

/**
 * From this version on (V5_0_0, MQVersion.java) the properties of a batch are its own. Older brokers append them to
 * those of every member, where the last one of a name counts: a unique key there hides those of all members.
 */
const OWN_PROPERTIES_FROM_VERSION = 413;

/** What decides about the properties of a batch. */
export interface BatchFacts {
  readonly waitStoreMsgOk: boolean;
  /** Of all members. */
  readonly sysFlag: number;
  /** 0 where it is not known yet. */
  readonly serverVersion: number;
}

/**
 * The properties of a batch. With a unique key of its own it becomes one record, where its topic has
 * `queue.type=BatchCQ`; without one its members become records of their own, in every topic. It has one where the broker
 * keeps it apart from those of the members and the members are not compressed: consumers would unpack the record, which
 * is not, and never get past it.
 * Source: MessageExtEncoder.java (4.9.7), SendMessageProcessor.java sendBatchMessage (5.5.0), and what the consumer of
 * 5.5.0 did.
 */
export function batchProperties(
  { waitStoreMsgOk, sysFlag, serverVersion }: BatchFacts,
  uniqueKey: () => string,
): string {
  const wait = [MessageProperty.WAIT_STORE_MSG_OK, String(waitStoreMsgOk)] as const;
  if (serverVersion < OWN_PROPERTIES_FROM_VERSION || sysFlag !== 0) return encodeProperties([wait]);
  return encodeProperties([[MessageProperty.UNIQUE_KEY, uniqueKey()], wait]);
}

/**
 * Gives `take` what the answer to a batch says about each of its members, in their order, and returns what it makes of
 * that. Members have consecutive offsets; a batch that was stored as one record has one id for all of them. Throws
 * RMQ_PROTOCOL_VIOLATION, before the first call, where the broker names another number of ids.
 */
export function splitBatchAnswer<Member, Taken>(
  answer: SendAnswer,
  members: readonly Member[],
  take: (member: Member, answer: SendAnswer) => Taken,
): readonly Taken[] {
  const { status, queueId, queueOffset, regionId } = answer;
  const ids = answer.offsetMsgId.split(',');
  if (ids.length !== members.length && ids.length !== 1) {
    throw violation('the answer to a batch has another number of ids than the batch has messages');
  }
  return members.map((member, i) => {
    const offsetMsgId = ids[i] ?? answer.offsetMsgId;
    return take(member, { status, offsetMsgId, queueId, queueOffset: queueOffset + BigInt(i), regionId });
  });
}
