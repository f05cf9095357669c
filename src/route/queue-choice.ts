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

/** The next queue in rotation. `undefined` only for an empty list. */
export function nextQueue(queues: readonly MessageQueue[], rotation: QueueRotation): MessageQueue | undefined {
  rotation.step = (rotation.step + 1) & MAX_STEP;
  return queues[rotation.step % queues.length];
}

/** What is known of brokers beside that they failed this very message. */
export interface QueueHealth {
  readonly isClear: boolean;
  isAvailable(brokerName: string): boolean;
  isReachable(brokerName: string): boolean;
}

/** What the choice of a broker for one attempt goes by. */
export interface AttemptFacts {
  /** The brokers that failed the message, and the one that did last. */
  readonly excludedBrokers: ReadonlySet<string>;
  readonly lastBroker: string | undefined;
  /** The message is stored at an excluded broker: another attempt there would only make another copy. */
  readonly isStored: boolean;
  readonly health: QueueHealth | undefined;
  /** Whether the broker responds, or holds no more than its share of the window. */
  mayTake(brokerName: string): boolean;
  /** Whether the latest attempt there ended without a response. */
  isDown(brokerName: string): boolean;
}

/** Whether a broker is wanted. */
export type BrokerPreference = (brokerName: string) => boolean;

/**
 * Returns what an attempt prefers, best first: a broker that did not fail the message and is healthy; any that did not fail
 * it; one that failed it and responds, rather than the one that did last; and where none of them responds, one that did
 * not fail it; then any.
 */
export function brokerPreferences(facts: AttemptFacts): readonly BrokerPreference[] {
  const { excludedBrokers, lastBroker, health } = facts;
  const isFresh: BrokerPreference = (name) => !excludedBrokers.has(name);
  const preferences: BrokerPreference[] = [];
  if (health !== undefined && !health.isClear) {
    preferences.push((name) => isFresh(name) && health.isAvailable(name) && facts.mayTake(name));
    preferences.push((name) => isFresh(name) && health.isReachable(name) && facts.mayTake(name));
  }
  preferences.push((name) => isFresh(name) && facts.mayTake(name));
  if (!facts.isStored) {
    const isAlive: BrokerPreference = (name) => !facts.isDown(name) && facts.mayTake(name);
    preferences.push((name) => name !== lastBroker && isAlive(name), isAlive);
  }
  return [...preferences, isFresh, () => true];
}

/** Returns the next queue in rotation of the first preference that any broker satisfies; `undefined` only for an empty list. */
export function nextPreferredQueue(
  queues: readonly MessageQueue[],
  rotation: QueueRotation,
  preferences: readonly BrokerPreference[],
): MessageQueue | undefined {
  const start = (rotation.step + 1) & MAX_STEP;
  for (const isWanted of preferences) {
    for (let passed = 0; passed < queues.length; passed++) {
      const queue = queues[(start + passed) % queues.length];
      if (queue === undefined || !isWanted(queue.brokerName)) continue;
      rotation.step = (start + passed) & MAX_STEP;
      return queue;
    }
  }
  return undefined;
}

/** Returns the queues of the first preference that any broker satisfies. */
export function preferredQueues(
  queues: readonly MessageQueue[],
  preferences: readonly BrokerPreference[],
): readonly MessageQueue[] {
  for (const isWanted of preferences) {
    const wanted = queues.filter(({ brokerName }) => isWanted(brokerName));
    if (wanted.length > 0) return wanted;
  }
  return [];
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
