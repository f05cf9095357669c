/**
 * The routes of a table under the names of one namespace: who asks for `orders` gets the route of `<namespace>%orders`
 * with queues of topic `orders`. Names change once per route and queue, not per message; nothing is asked for here.
 * Source: ClientConfig.withNamespace, queueWithNamespace (5.5.0).
 */
import { createError, RocketMQError } from '../errors/rocketmq-error.js';
import type { MessageQueue } from '../protocol/message-queue.js';
import { unwrapNamespace } from '../protocol/namespace.js';
import type { RouteTable } from './route-table.js';
import type { TopicRoute } from './topic-route.js';

/** What of a route table depends on the names of topics. */
export type NamedRoutes = Pick<RouteTable, 'get' | 'lookup' | 'refresh' | 'renew'>;

/** Names that are remembered; above it they are made anew. */
const MAX_NAMES = 10_000;

export class NamespacedRoutes implements NamedRoutes {
  readonly #routes: NamedRoutes;
  readonly #namespace: string;
  readonly #nameOnWire: (topic: string) => string;
  readonly #wireNames = new Map<string, string>();
  /** Weak, because routes are replaced all the time; a route or queue that stays is seen as the same object. */
  readonly #views = new WeakMap<TopicRoute, TopicRoute>();
  readonly #queues = new WeakMap<MessageQueue, MessageQueue>();

  /** `nameOnWire`: what servers call a topic of this namespace. Asked once for each, and remembered. */
  constructor(routes: NamedRoutes, namespace: string, nameOnWire: (topic: string) => string) {
    this.#routes = routes;
    this.#namespace = namespace;
    this.#nameOnWire = nameOnWire;
  }

  /** As `RouteTable.get`. */
  get(topic: string): TopicRoute | undefined {
    const route = this.#routes.get(this.#wireName(topic));
    return route && this.#view(route);
  }

  /** As `RouteTable.lookup`; its errors name the topic as it was asked for. */
  async lookup(topic: string): Promise<TopicRoute> {
    try {
      return this.#view(await this.#routes.lookup(this.#wireName(topic)));
    } catch (error) {
      throw this.#withPlainName(topic, error);
    }
  }

  /** As `RouteTable.refresh`. */
  refresh(topic: string): Promise<void> {
    return this.#routes.refresh(this.#wireName(topic));
  }

  /** As `RouteTable.renew`. */
  renew(topic: string): Promise<void> {
    return this.#routes.renew(this.#wireName(topic));
  }

  #wireName(topic: string): string {
    const known = this.#wireNames.get(topic);
    if (known !== undefined) return known;
    if (this.#wireNames.size >= MAX_NAMES) this.#wireNames.clear();
    const wireName = this.#nameOnWire(topic);
    this.#wireNames.set(topic, wireName);
    return wireName;
  }

  #view(route: TopicRoute): TopicRoute {
    const known = this.#views.get(route);
    if (known !== undefined) return known;
    const topic = unwrapNamespace(this.#namespace, route.topic);
    const view = { ...route, topic, queues: route.queues.map((queue) => this.#queueView(queue, topic)) };
    this.#views.set(route, view);
    return view;
  }

  #queueView(queue: MessageQueue, topic: string): MessageQueue {
    const known = this.#queues.get(queue);
    if (known !== undefined) return known;
    const view = { ...queue, topic };
    this.#queues.set(queue, view);
    return view;
  }

  #withPlainName(topic: string, error: unknown): unknown {
    const isMissing = error instanceof RocketMQError && error.code === 'RMQ_ROUTE_MISSING';
    if (!isMissing || this.#wireName(topic) === topic) return error;
    const namespace = this.#namespace;
    return createError(error.code, `No route of topic ${topic} in the namespace ${namespace}: ${error.message}`, {
      detail: { topic, namespace },
      cause: error,
    });
  }
}
