/**
 * Chooses one queue out of a topic's queues. Pure decisions: who wants which one, and what is done when there is none,
 * is `operators/select-queue.ts`.
 */
import { javaHashCode } from '../protocol/java-hash.js';
import type { MessageQueue } from '../protocol/message-queue.js';

/** Where a rotation stands. One per topic and pipeline, so that each goes round all queues. */
export interface QueueRotation {
  step: number;
}

/** Steps stay small integers for ever. */
const MAX_STEP = 0x3fffffff;

/** A rotation that starts anywhere: many producers started at once do not all begin with the first queue. */
export function startRotation(random: () => number = Math.random): QueueRotation {
  return { step: Math.floor(random() * MAX_STEP) };
}

/**
 * The next queue in rotation whose broker is not excluded; when all are, the next one in rotation, so that a cluster of
 * one broker is retried as well. `undefined` only for an empty list.
 */
export function nextQueue(
  queues: readonly MessageQueue[],
  rotation: QueueRotation,
  excludedBrokers: ReadonlySet<string>,
): MessageQueue | undefined {
  const count = queues.length;
  const start = (rotation.step + 1) & MAX_STEP;
  rotation.step = start;
  const first = queues[start % count];
  if (excludedBrokers.size === 0) return first;
  for (let passed = 0; passed < count; passed++) {
    const queue = queues[(start + passed) % count];
    if (queue !== undefined && !excludedBrokers.has(queue.brokerName)) {
      rotation.step = start + passed;
      return queue;
    }
  }
  return first;
}

/** What is known of brokers beside that they failed this very message. */
export interface QueueHealth {
  readonly isClear: boolean;
  isAvailable(brokerName: string): boolean;
  isReachable(brokerName: string): boolean;
}

/**
 * As `nextQueue`, and passes over brokers that are not available; where none is left, over those that cannot be reached;
 * where again none is, any will do. `undefined` only for an empty list.
 */
export function nextHealthyQueue(
  queues: readonly MessageQueue[],
  rotation: QueueRotation,
  excludedBrokers: ReadonlySet<string>,
  health: QueueHealth,
): MessageQueue | undefined {
  if (health.isClear) return nextQueue(queues, rotation, excludedBrokers);
  const start = (rotation.step + 1) & MAX_STEP;
  const found = (isGood: (brokerName: string) => boolean): MessageQueue | undefined => {
    for (let passed = 0; passed < queues.length; passed++) {
      const queue = queues[(start + passed) % queues.length];
      if (queue === undefined || excludedBrokers.has(queue.brokerName) || !isGood(queue.brokerName)) continue;
      rotation.step = (start + passed) & MAX_STEP;
      return queue;
    }
    return undefined;
  };
  return (
    found((brokerName) => health.isAvailable(brokerName)) ??
    found((brokerName) => health.isReachable(brokerName)) ??
    nextQueue(queues, rotation, excludedBrokers)
  );
}

/**
 * The queue of a key, the same one that Java's SelectMessageQueueByHash takes: |hashCode % n|. As long as the list
 * stays the same, so does the choice. `undefined` only for an empty list.
 */
export function hashedQueue(queues: readonly MessageQueue[], key: string): MessageQueue | undefined {
  return queues[Math.abs(javaHashCode(key) % queues.length)];
}

/** Any queue. `undefined` only for an empty list. */
export function randomQueue(
  queues: readonly MessageQueue[],
  random: () => number = Math.random,
): MessageQueue | undefined {
  return queues[Math.floor(random() * queues.length)];
}
