/** Chooses the queue of each attempt. The arithmetic is `src/route/queue-choice.ts`. */
import type { OperatorFunction } from 'rxjs';
import { mustBeSynchronous } from '../src/callbacks/must-be-synchronous.js';
import { createError } from '../src/errors/rocketmq-error.js';
import type { Envelope, Routed, Settled, Targeted } from '../src/producer/message/envelope.js';
import type { BatchOptions } from '../src/producer/pipeline-options.js';
import { assertGiven } from '../src/options/check-options.js';
import { selectQueueArguments, selectQueueOptions } from '../src/producer/stage-options.js';
import { coreOf, type Producer } from '../src/producer/producer.js';
import type { QueueSelector } from '../src/producer/message/queue-selector.js';
import type { MessageQueue } from '../src/protocol/message-queue.js';
import type { BrokerHealth } from '../src/route/broker-health.js';
import {
  brokerPreferences,
  type BrokerPreference,
  hashedQueue,
  nextPreferredQueue,
  nextQueue,
  preferredQueues,
  randomQueue,
  startRotation,
} from '../src/route/queue-choice.js';
import type { TopicRoute } from '../src/route/topic-route.js';
import { fail, stage } from './stage.js';

export interface SelectQueueOptions {
  /** As for `sendMessage`. */
  readonly batch?: BatchOptions | boolean | undefined;
}

/**
 * Gives every message the queue of its next attempt. What decides, the first that is there: the message's `queue`; the
 * selector of its `send()`; `selector`; its key (as `'hash'`), where it is ordered, or else its `shardingKey`; rotation
 * over all queues of the topic.
 *
 * Rotation and `'random'` pass over the brokers that failed this message, over those that do not respond and hold their
 * share of the window, and, with a producer whose `latencyFaultTolerance` is on, rotation passes over those that were slow
 * or failed lately, as long as there are others. When all have failed the message, one that responds is tried again. With
 * `batch`, rotation stays at a queue until the batch for it has left.
 *
 * A key, or a selector, chooses once, for all attempts. It chooses again only where the route no longer has that queue and
 * no attempt can have stored the message. A queue that the caller named is never changed. What is bound to a broker in one
 * of these ways waits without a slot while that broker does not respond and holds its share of the window. The queue of a
 * static topic is looked for where it lies by then.
 *
 * A key keeps its queue as long as the route has the same queues. **A topic that does not exist yet may get other ones**
 * than its provisional route says, and move its keys; a warning says so once.
 *
 * A selector that throws, or returns something that is not one of the queues it was given, settles the message: stage
 * `select`, RMQ_SELECTOR_FAILED, `stored: 'no'`.
 */
export function selectQueue<C>(
  selector?: QueueSelector,
  producer?: Producer,
  options: SelectQueueOptions = {},
): OperatorFunction<Routed<C> | Settled<C>, Targeted<C> | Settled<C>> {
  assertGiven('arguments of selectQueue', { selector, producer }, selectQueueArguments);
  assertGiven('options of selectQueue', options, selectQueueOptions);
  const { batch = false } = options;
  return stage<C, Routed<C>, Targeted<C>>('select', 'RMQ_SELECTOR_FAILED', (passage) => {
    const core = producer && coreOf(producer);
    const rotations = new Rotations(core?.health, batch !== false);
    let hasWarned = false;
    /** Chooses the queue. False where the message waits for its broker, and goes on later. */
    const target = (envelope: Routed<C>): boolean => {
      const { fixedQueue, route, flow } = envelope;
      if (route.isProvisional && envelope.laneKey !== undefined && !hasWarned) {
        hasWarned = true;
        const { topic } = route;
        core?.logger.warn({ topic }, 'ordered messages create their topic: create it before, or its keys may move');
      }
      envelope.queue =
        fixedQueue === undefined
          ? choose(envelope, envelope.selectQueue ?? selector, rotations)
          : hostedNow(fixedQueue, route);
      const targeted = envelope as Targeted<C>;
      const isBound = envelope.isBound || route.brokers.size < 2;
      if (isBound && flow.waitForBroker(targeted, () => passage.release(targeted))) return false;
      flow.shareOf(targeted)?.begin(targeted);
      return true;
    };
    const targetLater = (envelope: Routed<C>): void => {
      if (envelope.holder !== passage) return;
      envelope.routeRenewal = undefined;
      try {
        if (target(envelope)) passage.release(envelope);
      } catch (thrown) {
        fail(envelope, 'select', 'RMQ_SELECTOR_FAILED', thrown);
      }
    };
    return (envelope) => {
      if (envelope.routeRenewal === undefined && target(envelope)) return 'pass';
      passage.hold(envelope);
      void envelope.routeRenewal?.then(() => targetLater(envelope));
      return 'kept';
    };
  });
}

function choose<C>(envelope: Routed<C>, selector: QueueSelector | undefined, rotations: Rotations): MessageQueue {
  const { topic } = envelope.message;
  const how = selector ?? (keyOf(envelope) === undefined ? 'round-robin' : 'hash');
  if (how === 'round-robin') return found(rotations.of(topic).next(envelope), topic);
  if (how === 'random') return found(anyQueue(envelope), topic);
  const { keptQueue, route } = envelope;
  if (keptQueue !== undefined && !mayChooseAgain(envelope, keptQueue)) return hostedNow(keptQueue, route);
  envelope.keptQueue = chooseOnce(how, envelope);
  return envelope.keptQueue;
}

/** The key that a message is ordered by goes first: in several queues it would have no order. */
const keyOf = (envelope: Envelope): string | undefined => envelope.laneKey ?? envelope.message.shardingKey;

/** A queue of a static topic moves between brokers; its id does not change. */
function hostedNow(queue: MessageQueue, { queues, isStatic }: TopicRoute): MessageQueue {
  if (isStatic !== true) return queue;
  return queues.find(({ queueId }) => queueId === queue.queueId) ?? queue;
}

/** The topic has no such queue any more, and the message is not stored in it. */
function mayChooseAgain({ route: { queues, isStatic }, failedAttempts }: Routed, kept: MessageQueue): boolean {
  if (isStatic === true || queues.some((one) => isSame(one, kept))) return false;
  return failedAttempts.every(({ error }) => error.stored === 'no');
}

const isSame = (one: MessageQueue, other: MessageQueue): boolean =>
  one === other || (one.brokerName === other.brokerName && one.queueId === other.queueId);

function anyQueue(envelope: Routed): MessageQueue | undefined {
  const { route, excludedBrokers, flow } = envelope;
  const any = randomQueue(route.queues);
  if (any === undefined || (excludedBrokers.size === 0 && flow.mayTake(any.brokerName))) return any;
  return randomQueue(preferredQueues(route.queues, preferencesOf(envelope, undefined)));
}

function preferencesOf(envelope: Routed, health: BrokerHealth | undefined): readonly BrokerPreference[] {
  const { excludedBrokers, queue, weakReceipt, flow } = envelope;
  return brokerPreferences({
    excludedBrokers,
    lastBroker: queue?.brokerName,
    isStored: weakReceipt !== undefined,
    health,
    mayTake: (brokerName) => flow.mayTake(brokerName),
    isDown: (brokerName) => flow.isDown(brokerName),
  });
}

function chooseOnce<C>(selector: Exclude<QueueSelector, 'round-robin' | 'random'>, envelope: Routed<C>): MessageQueue {
  const { message, route } = envelope;
  if (selector === 'hash') {
    const key = keyOf(envelope);
    if (key === undefined) throw new Error("the message has no shardingKey, which 'hash' needs");
    return found(hashedQueue(route.queues, key), message.topic);
  }
  const chosen: MessageQueue | undefined = envelope.callerContext.run(selector, route.queues, message);
  mustBeSynchronous(chosen, 'a selector');
  const queue = route.queues.find((one) => one.brokerName === chosen?.brokerName && one.queueId === chosen.queueId);
  if (queue === undefined) throw new Error('the selector returned something else than one of the queues it was given');
  return queue;
}

function found(queue: MessageQueue | undefined, topic: string): MessageQueue {
  if (queue !== undefined) return queue;
  throw createError('RMQ_ROUTE_MISSING', `the route of topic ${topic} has no writable queue`, { detail: { topic } });
}

/** Where the rotation over each topic's queues stands. Bounded: a producer of endlessly many topics starts some again. */
class Rotations {
  readonly #health: BrokerHealth | undefined;
  readonly #isBatching: boolean;
  readonly #byTopic = new Map<string, TopicRotation>();

  constructor(health: BrokerHealth | undefined, isBatching: boolean) {
    this.#health = health;
    this.#isBatching = isBatching;
  }

  of(topic: string): TopicRotation {
    const known = this.#byTopic.get(topic);
    if (known !== undefined) return known;
    if (this.#byTopic.size >= MAX_ROTATIONS) this.#byTopic.clear();
    const started = new TopicRotation(this.#health, this.#isBatching);
    this.#byTopic.set(topic, started);
    return started;
  }
}

class TopicRotation {
  readonly #health: BrokerHealth | undefined;
  readonly #isBatching: boolean;
  readonly #rotation = startRotation();
  /** The last message that was to join others, and its queue. */
  #last: Envelope | undefined;
  #queue: MessageQueue | undefined;

  constructor(health: BrokerHealth | undefined, isBatching: boolean) {
    this.#health = health;
    this.#isBatching = isBatching;
  }

  next(envelope: Routed): MessageQueue | undefined {
    if (!this.#isBatching || envelope.attempt > 0) return this.#turn(envelope);
    if (this.#queue === undefined || !isGathered(this.#last) || !envelope.route.queues.includes(this.#queue)) {
      this.#queue = this.#turn(envelope);
    }
    this.#last = envelope;
    return this.#queue;
  }

  #turn(envelope: Routed): MessageQueue | undefined {
    const { route, excludedBrokers, flow } = envelope;
    const { queues } = route;
    if (excludedBrokers.size === 0 && (this.#health === undefined || this.#health.isClear)) {
      const next = nextQueue(queues, this.#rotation);
      if (next === undefined || flow.mayTake(next.brokerName)) return next;
    }
    return nextPreferredQueue(queues, this.#rotation, preferencesOf(envelope, this.#health));
  }
}

/** Its attempt has not begun: it waits for others, which the next message joins. */
const isGathered = (last: Envelope | undefined): boolean => last?.attempt === 0 && last.outcome === undefined;

const MAX_ROTATIONS = 10_000;
