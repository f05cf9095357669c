/** Chooses the queue of each attempt. The arithmetic is `src/route/queue-choice.ts`. */
import type { OperatorFunction } from 'rxjs';
import { mustBeSynchronous } from '../src/connection/request-hooks.js';
import { createError } from '../src/errors/rocketmq-error.js';
import type { Envelope, Routed, Settled, Targeted } from '../src/producer/message/envelope.js';
import type { BatchOptions } from '../src/producer/pipeline-options.js';
import { coreOf, type Producer } from '../src/producer/producer.js';
import type { QueueSelector } from '../src/producer/message/queue-selector.js';
import type { MessageQueue } from '../src/protocol/message-queue.js';
import type { BrokerHealth } from '../src/route/broker-health.js';
import { hashedQueue, nextHealthyQueue, nextQueue, randomQueue, startRotation } from '../src/route/queue-choice.js';
import type { TopicRoute } from '../src/route/topic-route.js';
import { stage } from './stage.js';

export interface SelectQueueOptions {
  /** As for `sendMessage`. */
  readonly batch?: BatchOptions | boolean | undefined;
}

/**
 * Gives every message the queue of its next attempt. What decides, the first that is there: the message's `queue`; the
 * selector of its `send()`; `selector`; its key (as `'hash'`), where it is ordered, or else its `shardingKey`; rotation
 * over all queues of the topic.
 *
 * Rotation passes over the brokers that failed this message and, with a producer whose `latencyFaultTolerance` is on, over
 * those that were slow or failed lately, as long as there are others. Every other choice is made once and kept for all attempts;
 * the queue of a static topic is looked for where it lies by then. With `batch`, rotation stays at a queue until the
 * batch for it has left.
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
  { batch = false }: SelectQueueOptions = {},
): OperatorFunction<Routed<C> | Settled<C>, Targeted<C> | Settled<C>> {
  return stage<C, Routed<C>, Targeted<C>>('select', 'RMQ_SELECTOR_FAILED', () => {
    const core = producer && coreOf(producer);
    const rotations = new Rotations(core?.health, batch !== false);
    let hasWarned = false;
    return (envelope) => {
      const { fixedQueue, route } = envelope;
      if (route.isProvisional && envelope.laneKey !== undefined && !hasWarned) {
        hasWarned = true;
        const { topic } = route;
        core?.logger.warn({ topic }, 'ordered messages create their topic: create it before, or its keys may move');
      }
      if (fixedQueue === undefined) envelope.queue = choose(envelope, envelope.selectQueue ?? selector, rotations);
      else envelope.queue = route.isStatic === true ? hostedNow(fixedQueue, route) : fixedQueue;
      return 'pass';
    };
  });
}

function choose<C>(envelope: Routed<C>, selector: QueueSelector | undefined, rotations: Rotations): MessageQueue {
  const { topic } = envelope.message;
  const how = selector ?? (keyOf(envelope) === undefined ? 'round-robin' : 'hash');
  if (how === 'round-robin') {
    return found(rotations.of(topic).next(envelope), topic);
  }
  envelope.fixedQueue = chooseOnce(how, envelope);
  return envelope.fixedQueue;
}

/** The key that a message is ordered by goes first: in several queues it would have no order. */
const keyOf = (envelope: Envelope): string | undefined => envelope.laneKey ?? envelope.message.shardingKey;

/** A queue of a static topic moves between brokers; its id does not change. */
function hostedNow(queue: MessageQueue, { queues }: TopicRoute): MessageQueue {
  return queues.find(({ queueId }) => queueId === queue.queueId) ?? queue;
}

function chooseOnce<C>(selector: Exclude<QueueSelector, 'round-robin'>, envelope: Routed<C>): MessageQueue {
  const { message, route } = envelope;
  if (selector === 'random') return found(randomQueue(route.queues), message.topic);
  if (selector === 'hash') {
    const key = keyOf(envelope);
    if (key === undefined) throw new Error("the message has no shardingKey, which 'hash' needs");
    return found(hashedQueue(route.queues, key), message.topic);
  }
  const chosen: MessageQueue | undefined = selector(route.queues, message);
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

  #turn({ route: { queues }, excludedBrokers }: Routed): MessageQueue | undefined {
    if (this.#health === undefined) return nextQueue(queues, this.#rotation, excludedBrokers);
    return nextHealthyQueue(queues, this.#rotation, excludedBrokers, this.#health);
  }
}

/** Its attempt has not begun: it waits for others, which the next message joins. */
const isGathered = (last: Envelope | undefined): boolean => last?.attempt === 0 && last.outcome === undefined;

const MAX_ROTATIONS = 10_000;
