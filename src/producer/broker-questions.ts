/**
 * What a producer asks of brokers beside sending: where, and with how much time. What is asked is said by its callers.
 * Here a topic as the caller names it meets the topic as brokers know it.
 */
import { createError, type RocketMQError } from '../errors/rocketmq-error.js';
import type { MessageQueue } from '../protocol/message-queue.js';
import type { RemoteCall } from '../protocol/remote-call.js';
import type { TopicRoute } from '../route/topic-route.js';
import { queueProblem, topicProblem } from './encode-message.js';
import type { ProducerCore } from './producer-core.js';

/** A broker that can be asked. */
export interface AskedBroker {
  readonly brokerName: string;
  readonly address: string;
}

/** Of one question (MQAdminImpl.timeoutMillis). */
const TIMEOUT_MS = 6000;

export class BrokerQuestions {
  readonly #core: ProducerCore;

  constructor(core: ProducerCore) {
    this.#core = core;
  }

  /**
   * The route of a topic, as it is known or as the name servers tell it; provisional for one that does not exist. Starts
   * a producer that was only created. Rejects with RMQ_ARGUMENT_INVALID for an impossible name.
   */
  async routeOf(topic: string): Promise<TopicRoute> {
    this.assertTopic(topic);
    await this.#core.ensureStarted();
    return this.#core.routeOf(topic);
  }

  /** The same, asked now; what was known stays where nobody answers. */
  async freshRouteOf(topic: string): Promise<TopicRoute> {
    this.assertTopic(topic);
    await this.#core.ensureStarted();
    const known = this.#core.knownRoute(topic);
    if (known === undefined) return this.#core.routeOf(topic);
    await this.#core.refreshRoute(topic);
    return this.#core.knownRoute(topic) ?? known;
  }

  /** Throws RMQ_ARGUMENT_INVALID for what cannot be the name of a topic that messages are sent to. */
  assertTopic(topic: string): void {
    const problem = topicProblem(topic);
    if (problem !== undefined) throw argumentInvalid(problem.rule, problem.message);
  }

  /** The brokers whose masters the topic has. */
  async brokersOf(topic: string): Promise<readonly AskedBroker[]> {
    const { brokers } = await this.routeOf(topic);
    return [...brokers].map(([brokerName, address]) => ({ brokerName, address }));
  }

  /** The master of the broker, looked up again if the route does not know it. Rejects with RMQ_BROKER_UNKNOWN. */
  async masterOf(topic: string, brokerName: string): Promise<AskedBroker> {
    const route = await this.routeOf(topic);
    const address = route.addressOf(brokerName) ?? (await this.freshRouteOf(topic)).addressOf(brokerName);
    if (address !== undefined) return { brokerName, address };
    throw createError('RMQ_BROKER_UNKNOWN', `no address is known for the master of broker ${brokerName}`, {
      detail: { brokerName, topic },
    });
  }

  /** The master of the broker that has the queue. Rejects with RMQ_ARGUMENT_INVALID for what is no queue. */
  async masterOfQueue(queue: MessageQueue): Promise<AskedBroker> {
    const problem = queueProblem(queue.topic, queue);
    if (problem !== undefined) throw argumentInvalid('queue', problem.message);
    return this.masterOf(queue.topic, queue.brokerName);
  }

  /** What servers call the topic. */
  nameOnWire(topic: string): string {
    return this.#core.nameOnWire(topic);
  }

  /** Asks, once. */
  ask<Request, Response>(
    { address }: AskedBroker,
    call: RemoteCall<Request, Response>,
    request: Request,
    timeoutMs = TIMEOUT_MS,
  ): Promise<Response> {
    return this.#core.ask(address, call, request, timeoutMs);
  }

  /** The address of a broker as it is from here; `undefined` where `mapBrokerAddress` gives none. */
  addressFromHere(address: string): string | undefined {
    const { mapBrokerAddress } = this.#core.config;
    try {
      return mapBrokerAddress === undefined ? address : mapBrokerAddress(address);
    } catch {
      return undefined;
    }
  }
}

export const argumentInvalid = (rule: string, message: string): RocketMQError =>
  createError('RMQ_ARGUMENT_INVALID', message, { detail: { rule } });
