/**
 * What a producer asks of brokers beside sending: where, and with how much time. What is asked is said by its callers.
 * Here a topic as the caller names it meets the topic as brokers know it.
 */
import { createError, RocketMQError } from '../../errors/rocketmq-error.js';
import type { MessageQueue } from '../../protocol/message-queue.js';
import type { RemoteCall } from '../../protocol/remote-call.js';
import { mapAddress } from '../../route/map-broker-address.js';
import type { TopicRoute } from '../../route/topic-route.js';
import { queueProblem, topicProblem } from '../message/encode-message.js';
import type { ProducerCore } from '../producer-core.js';

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

  /**
   * The route of a topic that exists; asked for again where it was not there yet. Rejects with RMQ_ROUTE_MISSING: that of
   * the default topic would lead to brokers that know nothing of this one, and say so by an empty answer.
   */
  async #realRouteOf(topic: string): Promise<TopicRoute> {
    let route = await this.routeOf(topic);
    if (route.isProvisional) route = await this.freshRouteOf(topic);
    if (!route.isProvisional) return route;
    throw topicMissing(topic);
  }

  /** The brokers whose masters the topic has. */
  async brokersOf(topic: string): Promise<readonly AskedBroker[]> {
    return mastersOf(await this.#realRouteOf(topic));
  }

  /** The same of a topic that is in no namespace, whatever the producer's is. */
  async brokersOfShared(topic: string): Promise<readonly AskedBroker[]> {
    this.assertTopic(topic);
    await this.#core.ensureStarted();
    const route = await this.#core.sharedRouteOf(topic);
    if (route.isProvisional) throw topicMissing(topic);
    return mastersOf(route);
  }

  /** The master of the broker, looked up again if the route does not know it. Rejects with RMQ_BROKER_UNKNOWN. */
  async masterOf(topic: string, brokerName: string): Promise<AskedBroker> {
    const route = await this.#realRouteOf(topic);
    const address = route.addressOf(brokerName) ?? (await this.freshRouteOf(topic)).addressOf(brokerName);
    if (address !== undefined) return { brokerName, address };
    throw createError('RMQ_BROKER_UNKNOWN', `no address is known for the master of broker ${brokerName}`, {
      detail: { brokerName, topic },
    });
  }

  /** The master of the broker that has the queue. Rejects with RMQ_ARGUMENT_INVALID for what is no queue. */
  async masterOfQueue(queue: MessageQueue): Promise<AskedBroker> {
    const given: MessageQueue | null | undefined = queue;
    if (typeof given !== 'object' || given === null) throw argumentInvalid('queue', 'the queue is no object');
    const problem = queueProblem(queue.topic, queue);
    if (problem !== undefined) throw argumentInvalid('queue', problem.message);
    return this.masterOf(queue.topic, queue.brokerName);
  }

  /** No body is inflated to more. */
  get maxMessageBytes(): number {
    return this.#core.config.maxMessageBytes;
  }

  /** What servers call the topic. */
  nameOnWire(topic: string): string {
    return this.#core.nameOnWire(topic);
  }

  /** Asks, once. Its errors name the topic and who was asked. */
  async ask<Request extends { readonly topic?: string | undefined }, Response>(
    { brokerName, address }: AskedBroker,
    call: RemoteCall<Request, Response>,
    request: Request,
    timeoutMs = TIMEOUT_MS,
  ): Promise<Response> {
    try {
      return await this.#core.ask(address, call, request, timeoutMs);
    } catch (error) {
      if (!(error instanceof RocketMQError)) throw error;
      const { code, message, stored } = error;
      const topic = this.#core.nameFromWire(request.topic ?? '');
      const detail = { topic, brokerName, address, ...error.detail };
      throw createError(code, `${message} (topic ${topic}, ${brokerName} ${address})`, {
        detail,
        stored,
        cause: error,
      });
    }
  }

  /** The address of a broker as it is from here; `undefined` where `mapBrokerAddress` gives none. */
  addressFromHere(address: string): string | undefined {
    try {
      return mapAddress(this.#core.config.mapBrokerAddress, address);
    } catch {
      return undefined;
    }
  }
}

const mastersOf = ({ brokers }: TopicRoute): readonly AskedBroker[] =>
  [...brokers].map(([brokerName, address]) => ({ brokerName, address }));

export const topicMissing = (topic: string): RocketMQError =>
  createError('RMQ_ROUTE_MISSING', `The name servers know no topic ${topic}.`, { detail: { topic } });

export const argumentInvalid = (rule: string, message: string): RocketMQError =>
  createError('RMQ_ARGUMENT_INVALID', message, { detail: { rule } });
