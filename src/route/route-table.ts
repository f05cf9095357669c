/**
 * Remembers the routes of the topics in use and keeps them fresh. Which name server is asked, and how, is not decided
 * here.
 */
import { type Observable, Subject } from 'rxjs';
import { neutralContext } from '../callbacks/neutral-context.js';
import { createError, RocketMQError } from '../errors/rocketmq-error.js';
import type { ServerOrigin } from '../connection/server-origin.js';
import type { Logger } from '../observe/logger.js';
import type { TopicRouteData } from '../protocol/route-data.js';
import { SELF_TEST_TOPIC } from '../protocol/system-topics.js';
import type { Clock } from '../time/clock.js';
import { mapAddress } from './map-broker-address.js';
import type { NameServers } from './name-servers.js';
import { toProvisionalData, type TopicRoute, toTopicRoute } from './topic-route.js';
import { vipAddress } from './vip-address.js';

/** A route that is new or not what it was. */
export interface RouteChange {
  readonly topic: string;
  /** How many queues can be written. */
  readonly queues: number;
  /** The names of the brokers with a master. */
  readonly brokers: readonly string[];
}

/**
 * Asks one name server for the route of one topic; `undefined` when the topic does not exist there. Rejects when the
 * server cannot say, and ends by `deadlineAt`.
 */
export type RouteQuestion = (address: string, topic: string, deadlineAt: number) => Promise<TopicRouteData | undefined>;

export interface RouteTableOptions {
  readonly nameServers: NameServers;
  readonly askRoute: RouteQuestion;
  /** The topic whose route stands in for that of a topic that does not exist; `TBW102`. */
  readonly createTopicKey: string;
  /** The most queues that a topic which does not exist is thought to have on one broker. */
  readonly defaultTopicQueueNums: number;
  /** What the address of a broker in a route is from here. One that fails leaves the broker out, unless none is left. */
  readonly mapBrokerAddress?: ((address: string) => string) | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * For one question, whichever servers are asked. Java takes 3000 ms; less than a message has by default, so that a
 * message which waits for its route fails with what is wrong with the name servers, not only with "too late".
 */
const QUESTION_TIMEOUT_MS = 2500;
/** For finding out, once a topic was not found, whether there are brokers at all. */
const SELF_TEST_TIMEOUT_MS = 500;
/** Questions of one refresh that are under way at once: thousands of topics must not flood a name server. */
const REFRESH_CONCURRENCY = 8;
/** A topic that nobody used for so long is no longer refreshed, and forgotten. */
const IDLE_TOPIC_MS = 30 * 60_000;
/** Messages that fail ask for the route of their topic again, no more often than this. */
const RENEWAL_PAUSE_MS = 500;
/** **No more topics than this are remembered**; above it, one that was not used lately makes room. */
const MAX_TOPICS = 10_000;

/** What is remembered of one topic. */
interface Entry {
  route: TopicRoute;
  /** Since the last refresh. */
  isUsed: boolean;
  /** As of the last refresh, so that `get` need not read a clock. */
  usedAt: number;
  /** Some name server answered the last question, even if only that it does not know the topic. */
  isAnswered: boolean;
  /** When `renew` last asked. */
  renewedAt: number;
}

/**
 * The routes of one client instance.
 *
 * A route once known survives name servers that fail, and name servers that say that the topic does not exist, or show
 * it without a queue to write to: they may have been restarted and still be waiting for their brokers. If the topic was
 * really deleted, the brokers say so.
 */
export class RouteTable {
  /** New and changed routes, while somebody is subscribed. Completes with `close`. */
  readonly changes$: Observable<RouteChange>;
  readonly #options: RouteTableOptions;
  readonly #changes = new Subject<RouteChange>();
  readonly #entries = new Map<string, Entry>();
  readonly #inFlight = new Map<string, Promise<TopicRoute>>();
  readonly #pinned = new Set<string>();
  /** Broker name → master address as the latest answer gave it, over all topics. */
  readonly #brokers = new Map<string, string>();
  /** Where the addresses in `#brokers` come from, by address. */
  readonly #origins = new Map<string, ServerOrigin>();
  #refreshing: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: RouteTableOptions) {
    this.#options = options;
    this.changes$ = this.#changes.asObservable();
  }

  /** The route of a topic as far as it is known here, a provisional one included. */
  get(topic: string): TopicRoute | undefined {
    const entry = this.#entries.get(topic);
    if (entry === undefined) return undefined;
    entry.isUsed = true;
    return entry.route;
  }

  /**
   * The route of a topic, asked for unless it is known; however many ask at once, one question is in flight. For a topic
   * that no name server knows, the provisional route. Rejects with RMQ_ROUTE_MISSING when there is not even that, or no
   * queue that can be written, and with RMQ_NAME_SERVER_UNREACHABLE when no name server answers.
   */
  lookup(topic: string): Promise<TopicRoute> {
    const known = this.get(topic);
    return known === undefined ? this.#ask(topic) : Promise.resolve(known);
  }

  /**
   * From now on the route of a topic of the brokers is refreshed with all others, whether anybody uses it or not. Only its
   * brokers matter: it is no message's, `changes$` does not tell it, and where there is none nobody misses it.
   */
  pin(topic: string): void {
    this.#pinned.add(topic);
  }

  /** Asks for the route of a topic now; joins a question in flight. Never rejects: the last good route stays. */
  async refresh(topic: string): Promise<void> {
    try {
      await this.#ask(topic);
    } catch (error) {
      const isExpected = topic === this.#options.createTopicKey && (isRouteMissing(error) || isAccessDenied(error));
      const told = { topic, error: String(error) };
      if (this.#pinned.has(topic)) this.#options.logger.debug(told, 'a topic of the brokers was not found');
      else if (isExpected) this.#options.logger.debug(told, 'no broker lets its clients create topics');
      else this.#options.logger.warn(told, 'the route of a topic could not be refreshed');
    }
  }

  /** As `refresh`, unless this asked within the last half second: many messages may want to know at once. */
  async renew(topic: string): Promise<void> {
    const entry = this.#entries.get(topic);
    const now = this.#options.clock.now();
    if (entry !== undefined) {
      if (now - entry.renewedAt < RENEWAL_PAUSE_MS && !this.#inFlight.has(topic)) return;
      entry.renewedAt = now;
    }
    await this.refresh(topic);
  }

  /** Asks for the routes of all topics in use, `createTopicKey` and the pinned ones among them. Joins a refresh under way; never rejects. */
  refreshAll(): Promise<void> {
    this.#refreshing ??= this.#refreshRound().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** The address of a broker's master; `undefined` while none is known. */
  addressOf(brokerName: string): string | undefined {
    return this.#brokers.get(brokerName);
  }

  /** Where the address of a broker comes from, that of its VIP channel too; `undefined` for any other address. */
  originOf(address: string): ServerOrigin | undefined {
    const known = this.#origins.get(address);
    if (known !== undefined) return known;
    for (const [broker, origin] of this.#origins) if (vipAddress(broker) === address) return origin;
    return undefined;
  }

  /** The brokers with a master, by name, and its address. */
  brokers(): ReadonlyMap<string, string> {
    return this.#brokers;
  }

  /** The addresses of all masters known. */
  brokerAddresses(): ReadonlySet<string> {
    return new Set(this.#brokers.values());
  }

  /** Forgets every broker address that no route mentions any more. */
  dropOfflineBrokers(): void {
    const mentioned = new Set<string>();
    for (const { route } of this.#entries.values()) {
      for (const address of route.brokers.values()) mentioned.add(address);
    }
    for (const [brokerName, address] of this.#brokers) {
      if (!mentioned.has(address)) this.#brokers.delete(brokerName);
    }
    for (const address of this.#origins.keys()) if (!mentioned.has(address)) this.#origins.delete(address);
  }

  /** Ends `changes$` and a refresh of all topics. What is known stays readable. */
  close(): void {
    this.#isClosed = true;
    this.#changes.complete();
  }

  async #refreshRound(): Promise<void> {
    this.#forgetIdleTopics();
    const topics = new Set([this.#options.createTopicKey, ...this.#pinned, ...this.#entries.keys()]).values();
    const refreshRest = async (): Promise<void> => {
      for (const topic of topics) {
        if (this.#isClosed) return;
        await this.refresh(topic);
      }
    };
    await Promise.all(Array.from({ length: REFRESH_CONCURRENCY }, refreshRest));
  }

  #forgetIdleTopics(): void {
    const now = this.#options.clock.now();
    for (const [topic, entry] of this.#entries) {
      if (entry.isUsed) entry.usedAt = now;
      entry.isUsed = false;
      if (this.#isKept(topic) || now - entry.usedAt <= IDLE_TOPIC_MS) continue;
      // While the name servers are down, a forgotten route could not be found again.
      if (entry.isAnswered) this.#entries.delete(topic);
    }
  }

  #ask(topic: string): Promise<TopicRoute> {
    const inFlight = this.#inFlight.get(topic);
    if (inFlight !== undefined) return inFlight;
    const asking = neutralContext.run(() => this.#findRoute(topic).finally(() => this.#inFlight.delete(topic)));
    this.#inFlight.set(topic, asking);
    return asking;
  }

  async #findRoute(topic: string): Promise<TopicRoute> {
    const entry = this.#entries.get(topic);
    try {
      const found = await this.#askNameServers(topic, entry?.route);
      if (found.queues.length > 0) return this.#remember(found);
      throw createError('RMQ_ROUTE_MISSING', `The topic ${topic} has no queue that can be written.`, {
        detail: { topic },
      });
    } catch (error) {
      if (entry === undefined) throw error;
      entry.isAnswered = isRouteMissing(error);
      if (!entry.isAnswered) throw error;
      this.#options.logger.info({ topic, error: String(error) }, 'the last good route of a topic is kept');
      return entry.route;
    }
  }

  /** The route as the name servers tell it. Rejects with RMQ_ROUTE_MISSING when they know nothing. */
  async #askNameServers(topic: string, known: TopicRoute | undefined): Promise<TopicRoute> {
    const { nameServers, askRoute, createTopicKey, defaultTopicQueueNums } = this.#options;
    const mayGuess = !this.#isKept(topic) && (known === undefined || known.isProvisional);
    const found = await nameServers.ask(async (address, deadlineAt) => {
      const real = await askRoute(address, topic, deadlineAt);
      if (real !== undefined) return { nameServer: address, data: real, isProvisional: false };
      const standIn = mayGuess ? await this.#askStandIn(address, deadlineAt) : undefined;
      if (standIn === undefined) return undefined;
      return { nameServer: address, data: toProvisionalData(standIn, defaultTopicQueueNums), isProvisional: true };
    }, QUESTION_TIMEOUT_MS);
    if (found === undefined) {
      const what = mayGuess
        ? `neither the topic ${topic} nor the default topic ${createTopicKey}`
        : `no topic ${topic}`;
      // Where it matters: not at every refresh of a topic that is kept, whether it is there or not.
      const hasBrokers = known !== undefined || this.#isKept(topic) || (await this.#hasBrokers());
      const text = `${hasBrokers ? '' : 'No broker is registered. '}The name servers know ${what}.`;
      throw createError('RMQ_ROUTE_MISSING', text, { detail: { topic, ...(!hasBrokers && { brokers: 0 }) } });
    }
    const { nameServer, data, isProvisional } = found;
    const { mapBrokerAddress } = this.#options;
    const told = new Map<string, string>();
    let mappingError: Error | undefined;
    const route = toTopicRoute(data, {
      topic,
      isProvisional,
      previous: known,
      mapAddress: (address) => {
        try {
          const mapped = mapAddress(mapBrokerAddress, address);
          told.set(mapped, address);
          return mapped;
        } catch (error) {
          mappingError ??= error instanceof Error ? error : new Error(String(error));
          this.#options.logger.warn({ address, error: String(error) }, 'the address of a broker could not be mapped');
          return undefined;
        }
      },
    });
    if (mappingError !== undefined && (route.brokers.size === 0 || route.queues.length === 0)) throw mappingError;
    for (const [brokerName, address] of route.brokers) {
      const before = this.#origins.get(address);
      const names = before?.nameServer === nameServer ? before.brokerNames : [];
      const brokerNames = names.includes(brokerName) ? names : [...names, brokerName];
      this.#origins.set(address, { brokerNames, nameServer, told: told.get(address) ?? address });
    }
    return route;
  }

  /**
   * Whether the name servers know any broker: each has one topic from the start. True also where that cannot be found
   * out.
   */
  async #hasBrokers(): Promise<boolean> {
    const { nameServers, askRoute } = this.#options;
    try {
      const ask = (address: string, deadlineAt: number): ReturnType<RouteQuestion> =>
        askRoute(address, SELF_TEST_TOPIC, deadlineAt);
      return (await nameServers.ask(ask, SELF_TEST_TIMEOUT_MS)) !== undefined;
    } catch {
      return true;
    }
  }

  /** Who may not see the default topic may not create topics: for them it is not there. */
  async #askStandIn(address: string, deadlineAt: number): Promise<TopicRouteData | undefined> {
    const { askRoute, createTopicKey } = this.#options;
    try {
      return await askRoute(address, createTopicKey, deadlineAt);
    } catch (error) {
      if (isAccessDenied(error)) return undefined;
      throw error;
    }
  }

  #remember(route: TopicRoute): TopicRoute {
    const { topic, queues, brokers, isProvisional } = route;
    for (const [brokerName, address] of brokers) this.#brokers.set(brokerName, address);
    const entry = this.#entries.get(topic);
    if (entry === undefined) {
      if (this.#entries.size >= MAX_TOPICS) this.#makeRoom();
      const usedAt = this.#options.clock.now();
      const renewedAt = Number.NEGATIVE_INFINITY;
      this.#entries.set(topic, { route, isUsed: true, usedAt, isAnswered: true, renewedAt });
    } else {
      entry.isAnswered = true;
      if (entry.route === route) return route;
      entry.route = route;
    }
    if (!this.#pinned.has(topic))
      this.#tellChange({ topic, queues: queues.length, brokers: [...brokers.keys()] }, isProvisional);
    return route;
  }

  #tellChange(change: RouteChange, isProvisional: boolean): void {
    const told = { ...change, brokers: change.brokers.join(), isProvisional };
    this.#options.logger.info(told, 'a route is new or changed');
    this.#changes.next(change);
  }

  /** Whether it is neither forgotten nor guessed. */
  #isKept(topic: string): boolean {
    return topic === this.#options.createTopicKey || this.#pinned.has(topic);
  }

  #makeRoom(): void {
    let oldest: string | undefined;
    for (const [topic, { isUsed }] of this.#entries) {
      if (this.#isKept(topic)) continue;
      oldest ??= topic;
      if (isUsed) continue;
      oldest = topic;
      break;
    }
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}

function isRouteMissing(error: unknown): boolean {
  return error instanceof RocketMQError && error.code === 'RMQ_ROUTE_MISSING';
}

function isAccessDenied(error: unknown): boolean {
  return error instanceof RocketMQError && error.code === 'RMQ_ACCESS_DENIED';
}
