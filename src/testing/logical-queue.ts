/**
 * Where a queue lies that a request names. Those of static topics (5.x) lie in stretches, one for each broker they have
 * been on, and the broker of the last one answers for all; any other queue is one stretch from 0 on. How a queue comes to
 * its stretches is `static-topic.ts`'s.
 *
 *     logical queue 0   [ broker-b, queue 0 ]          [ broker-a, queue 1 ]          [ broker-b, queue 1 …
 *     logical offsets   0 1 2                          10000 10001                    20000 …
 *
 * Sources: TopicQueueMappingManager.java (5.5.0), and answers of a real 5.5.0.
 */
import { ResponseCode } from '../protocol/response-codes.js';
import type { Answer } from './answer.js';
import type { QueueType } from './batch-record.js';
import type { MessageStore } from './message-store.js';

/** Part of a queue, at one broker. */
export interface Stretch {
  readonly brokerName: string;
  readonly store: MessageStore;
  /** The queue's id there. */
  readonly queueId: number;
  /** The logical offset of its first message. */
  readonly begins: number;
}

/** All of a queue, the oldest first. */
export type Stretches = readonly [Stretch, ...Stretch[]];

/** Of a static topic the queues that a broker answers for, by their logical ids. */
export type LogicalQueues = ReadonlyMap<number, Stretches>;

/** A broker, as far as is asked here. */
interface Holder {
  readonly name: string;
  readonly store: MessageStore;
  readonly topics: { get(topic: string): { readonly logicalQueues?: LogicalQueues | undefined } | undefined };
}

/** The queue of a request; undefined: it is that of a static topic, and lies elsewhere. */
export function stretchesOf({ name, topics, store }: Holder, topic: string, queueId: number): Stretches | undefined {
  const logicalQueues = topics.get(topic)?.logicalQueues;
  if (logicalQueues === undefined) return [{ brokerName: name, store, queueId, begins: 0 }];
  return logicalQueues.get(queueId);
}

/** Where messages are stored now. */
export const lastOf = (stretches: Stretches): Stretch => stretches.at(-1) ?? stretches[0];

/** The logical offset behind the last message of a stretch. */
export const endOf = ({ store, queueId, begins }: Stretch, topic: string): number =>
  begins + store.length(topic, queueId);

/** Where a stretch begins as a queue of its own; that of BatchCQ topics has no beginning before it has a message. */
export function firstOffset({ store, queueId }: Stretch, topic: string, queueType: QueueType | undefined): number {
  return queueType === 'BatchCQ' && store.length(topic, queueId) === 0 ? -1 : 0;
}

/** Which logical queue of a static topic a queue of one of these brokers is part of. */
export function logicalQueueOf(
  holders: readonly Holder[],
  topic: string,
  place: Pick<Stretch, 'brokerName' | 'queueId'>,
): Pick<Stretch, 'queueId' | 'begins'> | undefined {
  for (const { topics } of holders) {
    for (const [queueId, stretches] of topics.get(topic)?.logicalQueues ?? []) {
      const found = stretches.find((one) => one.brokerName === place.brokerName && one.queueId === place.queueId);
      if (found !== undefined) return { queueId, begins: found.begins };
    }
  }
  return undefined;
}

/** What is said about a queue that lies elsewhere: before everything else, and without any field. */
export function notHosted(
  topic: string,
  queueId: number,
  { name }: Pick<Holder, 'name'>,
  what = 'does not exit in request process of current broker',
): Answer {
  return { code: ResponseCode.NOT_LEADER_FOR_QUEUE, remark: `${topic}-${queueId} ${what} ${name}` };
}
