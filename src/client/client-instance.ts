/**
 * What the producers of one client id share: connections, routes, heartbeats, and the schedules that keep them fresh. It
 * puts the parts together and knows their life cycle; it sends no messages.
 *
 *     CREATE_JUST ──start──► START_FAILED ──(all well)──► RUNNING ──last release──► SHUTTING_DOWN ──► SHUTDOWN_ALREADY
 *                                 └─(starting threw: for good)─────last release──────────▲
 *
 * Source: MQClientInstance.java (5.5.0).
 */
import { type Observable, type SchedulerLike, Subject, type Subscription } from 'rxjs';
import { CredentialSource } from '../access/credential-source.js';
import type { CredentialsGiven } from '../access/credentials.js';
import { FrameSigner } from '../access/frame-signer.js';
import type { Sealed } from '../access/sealed.js';
import { ambientContext, type CallbackContext, inContext } from '../callbacks/async-context.js';
import { neutralContext } from '../callbacks/neutral-context.js';
import { type ConnectionEvent, ConnectionPool } from '../connection/connection-pool.js';
import type { Connection } from '../connection/connection.js';
import { chooseDial } from '../connection/choose-dial.js';
import type { Dial } from '../connection/dial.js';
import type { HttpGet } from '../connection/http-get.js';
import type { SocksProxiesGiven } from '../connection/socks-proxies.js';
import type { TlsGiven } from '../connection/tls-dial.js';
import { verifiesServers } from '../connection/tls-options.js';
import { wantsTls } from '../connection/tls-probe.js';
import { createError } from '../errors/rocketmq-error.js';
import type { Logger } from '../observe/logger.js';
import { RateLimitedLogger } from '../observe/rate-limited-logger.js';
import type { HeaderEncoding } from '../protocol/command.js';
import { clientFields, type ClientFields, isSameZone, type Zone } from '../protocol/client-fields.js';
import { SELF_TEST_TOPIC } from '../protocol/system-topics.js';
import { createRouteQuestion } from '../route/ask-route.js';
import { type DiscoveryPlace, discoveryUrl, NameServerDiscovery } from '../route/name-server-discovery.js';
import { NameServers } from '../route/name-servers.js';
import { RouteTable } from '../route/route-table.js';
import type { TopicRoute } from '../route/topic-route.js';
import { vipAddress } from '../route/vip-address.js';
import { Clock } from '../time/clock.js';
import { DeadlineSweep } from '../time/deadline-sweep.js';
import { ANSWER_TIMEOUT_MS, BrokerRegistration } from './broker-registration.js';
import { claimInstanceName, type InstanceNameClaim } from './exclusive-instance-name.js';
import { firstCredentials } from './first-credentials.js';
import { clientSchedules, type ScheduledTasks, startSchedules } from './schedules.js';
import { ReplyRequests } from './reply-requests.js';
import { createServerRequestListener, producerOnlyHandlers } from './server-requests.js';
import { type TransactionCheckListener, TransactionCheckRequests } from './transaction-check-requests.js';

export interface ClientInstanceConfig extends ClientFields {
  /** `host:port` each; may be empty where `discovery` is given. */
  readonly nameServers: readonly string[];
  /** The web server that knows the name servers. */
  readonly discovery?: DiscoveryPlace | undefined;
  /** How it is asked; default: over a real network. */
  readonly httpGet?: HttpGet | undefined;
  /** Default: an address of this machine. */
  readonly clientIp?: string | undefined;
  /** `DEFAULT`, as when nothing is given, becomes a name that nobody else has. */
  readonly instanceName?: string | undefined;
  readonly unitName?: string | undefined;
  readonly createTopicKey: string;
  readonly defaultTopicQueueNums: number;
  readonly routeRefreshMs: number;
  readonly heartbeatMs: number;
  /** Default: what suits each server. */
  readonly header?: HeaderEncoding | undefined;
  readonly mapBrokerAddress?: ((address: string) => string) | undefined;
  /** Every request is signed with these; default: none is. */
  readonly credentials?: Sealed<CredentialsGiven> | undefined;
  readonly logger: Logger;
  /** Where functions of the configuration run. Default: wherever they are called. */
  readonly callerContext?: CallbackContext | undefined;
  /** All timers; default: real ones that do not keep the process alive. */
  readonly scheduler?: SchedulerLike | undefined;
  /** Default: plain text. */
  readonly tls?: Sealed<TlsGiven> | undefined;
  /** Default: servers are reached directly. */
  readonly socksProxy?: Sealed<SocksProxiesGiven> | undefined;
  /** How connections are opened; default: as `tls` and `socksProxy` say. */
  readonly dial?: Dial | undefined;
}

type InstanceState = 'CREATE_JUST' | 'START_FAILED' | 'RUNNING' | 'SHUTTING_DOWN' | 'SHUTDOWN_ALREADY';

/** The group of whatever the client itself has to send; it is in every heartbeat, as with the Java client. */
export const INNER_PRODUCER_GROUP = 'CLIENT_INNER_PRODUCER';

export class ClientInstance {
  readonly clientId: string;
  /** Where its routes come from: addresses of name servers, or the place that knows them. */
  readonly cluster: string;
  readonly clock: Clock;
  readonly sweep: DeadlineSweep;
  readonly pool: ConnectionPool;
  readonly routes: RouteTable;
  /** Connections opened and closed. Completes with the last `release`. */
  readonly connectionEvents$: Observable<ConnectionEvent>;

  readonly #connectionEvents = new Subject<ConnectionEvent>();
  readonly #config: ClientInstanceConfig;
  readonly #logger: RateLimitedLogger;
  /** Replies to requests of the producers here. */
  readonly replies: ReplyRequests;
  readonly #registration: BrokerRegistration;
  readonly #transactionChecks: TransactionCheckRequests;
  readonly #nameServers: NameServers;
  readonly #discovery: NameServerDiscovery | undefined;
  readonly #credentialSource: CredentialSource | undefined;
  readonly #leaveRegistry: () => void;
  #state: InstanceState = 'CREATE_JUST';
  #startError: unknown;
  #schedules: Subscription | undefined;
  #firstFetch: Promise<void> | undefined;
  #users = 0;
  #nameClaim: Promise<InstanceNameClaim> | undefined;
  /** The search for the brokers of no topic in use, and whether it is over. */
  #meeting: Promise<void> | undefined;
  #hasMetBrokers = false;
  /** Ends when every broker has been told of the groups that left. */
  #farewell: Promise<unknown> = Promise.resolve();
  #shutdown: Promise<void> | undefined;

  /** Use `acquireClientInstance`. `leaveRegistry` is called when the last user has released it. */
  constructor(clientId: string, config: ClientInstanceConfig, leaveRegistry: () => void) {
    const { createTopicKey, defaultTopicQueueNums, mapBrokerAddress, header } = config;
    const clock = new Clock(config.scheduler);
    const logger = new RateLimitedLogger(config.logger, clock);
    const { discovery: place, unitName, httpGet: get } = config;
    const onAddresses = (addresses: readonly string[]): void => nameServers.replace(addresses);
    const discovery = place && new NameServerDiscovery({ place, unitName, onAddresses, clock, logger, get });
    const nameServers = new NameServers({ addresses: config.nameServers, discovery, clock });
    this.#discovery = discovery;
    this.#nameServers = nameServers;
    this.#transactionChecks = new TransactionCheckRequests(logger);
    this.clientId = clientId;
    this.replies = new ReplyRequests(logger);
    this.cluster = clusterOf(config);
    this.clock = clock;
    this.sweep = new DeadlineSweep(clock);
    this.connectionEvents$ = this.#connectionEvents.asObservable();
    const credentialSource = createCredentialSource(config, clock, logger);
    this.#credentialSource = credentialSource;
    this.pool = new ConnectionPool({
      clock,
      sweep: this.sweep,
      logger,
      encoding: header,
      requestFields: clientFields(config),
      dial: config.dial ?? chooseDial(config),
      signer: credentialSource && new FrameSigner(credentialSource),
      originOf: (address) => this.routes.originOf(address),
      onServerRequest: createServerRequestListener(
        producerOnlyHandlers(logger, {
          checkTransaction: this.#transactionChecks.handle,
          pushReply: this.replies.handle,
        }),
        logger,
      ),
      onEvent: (event) => {
        if (event.state === 'open') this.#greet(event.connection);
        this.#connectionEvents.next(event);
      },
    });
    this.routes = new RouteTable({
      nameServers,
      askRoute: createRouteQuestion(this.pool, {
        mayAsk: (deadlineAt) => firstCredentials(credentialSource, clock, deadlineAt),
        wantsTls: isPlain(config) ? (address) => wantsTls(address, clock) : undefined,
      }),
      createTopicKey,
      defaultTopicQueueNums,
      mapBrokerAddress,
      clock,
      logger,
    });
    this.#registration = new BrokerRegistration({
      clientId,
      pool: this.pool,
      clock,
      brokerAddresses: () => this.routes.brokerAddresses(),
      logger,
    });
    this.#registration.add(INNER_PRODUCER_GROUP);
    this.#config = config;
    this.#logger = logger;
    this.#leaveRegistry = leaveRegistry;
  }

  /** Why messages of a client with `config` would get where nobody looks for them, or be read by others; else undefined. */
  leadsAstray(config: ClientInstanceConfig): string | undefined {
    const own = this.#config;
    const it = `the client instance ${this.clientId}`;
    if (own.namespaceV2 !== config.namespaceV2) {
      return `${it} has the namespaceV2 ${own.namespaceV2 ?? '(none)'}, not ${config.namespaceV2 ?? '(none)'}`;
    }
    if (!isSameZone(own.zone, config.zone))
      return `${it} has the zone ${inWords(own.zone)}, not ${inWords(config.zone)}`;
    if (isOtherCluster(own, config)) return `${it} is of the name servers ${this.cluster}, not ${clusterOf(config)}`;
    if (config.tls === undefined) return undefined;
    if (own.tls === undefined) return `${it} speaks plain text, not TLS`;
    return verifiesServers(config.tls.open()) && !verifiesServers(own.tls.open())
      ? `${it} trusts every server (tls.rejectUnauthorized: false)`
      : undefined;
  }

  /** The options in which a client with `config` would sign requests, or reach servers, otherwise than this one does. */
  otherAccess(config: ClientInstanceConfig): readonly string[] {
    const own = this.#config;
    return [
      ...(areSame(own.credentials, config.credentials) ? [] : ['credentials']),
      ...(areSame(own.tls, config.tls) ? [] : ['tls']),
      ...(areSame(own.socksProxy, config.socksProxy) ? [] : ['socksProxy']),
    ];
  }

  /** One more user (a producer); each calls `release` once. */
  addUser(): void {
    this.#users += 1;
  }

  /** One producer per group, who is told what brokers ask about its transactions. Throws RMQ_GROUP_DUPLICATE. */
  registerProducer(group: string, onTransactionCheck?: TransactionCheckListener): void {
    this.#registration.add(group);
    if (onTransactionCheck !== undefined) this.#transactionChecks.listen(group, onTransactionCheck);
  }

  /**
   * Starts the schedules, unless they run, and sends a heartbeat without waiting for it. Where name servers are discovered,
   * that is tried first, for 3 s at most. No server needs to be reachable.
   * Rejects with RMQ_INSTANCE_FAILED for an instance whose start failed before, and with RMQ_STATE_INVALID for one that
   * was shut down.
   */
  async start(): Promise<void> {
    if (this.#state === 'CREATE_JUST' && this.#discovery !== undefined) {
      await (this.#firstFetch ??= this.#discovery.fetch(true));
    }
    switch (this.#state) {
      case 'CREATE_JUST':
        this.#startSchedules();
        break;
      case 'RUNNING':
        break;
      case 'START_FAILED':
        throw this.#startFailed();
      case 'SHUTTING_DOWN':
      case 'SHUTDOWN_ALREADY':
        throw createError('RMQ_STATE_INVALID', `the client instance ${this.clientId} is ${this.#state}`, {
          detail: { clientId: this.clientId, state: this.#state },
        });
    }
    void this.heartbeat();
  }

  /**
   * Keeps the instance name to this process, until the last release. Rejects with RMQ_INSTANCE_NAME_TAKEN. A name that
   * stands for "none given" cannot be claimed: RMQ_CONFIG_INVALID.
   */
  async claimName(): Promise<void> {
    const { instanceName } = this.#config;
    if (instanceName === undefined) throw createError('RMQ_CONFIG_INVALID', 'there is no instance name to claim');
    const claim = (this.#nameClaim ??= claimInstanceName(instanceName));
    try {
      await claim;
    } catch (error) {
      this.#nameClaim = undefined;
      throw error;
    }
  }

  /** Tells every broker which groups live here. Never rejects; without effect unless the instance is RUNNING. */
  async heartbeat(): Promise<void> {
    if (this.#state === 'RUNNING') await this.#registration.heartbeat();
  }

  /**
   * Tells all brokers who is here, where they have not heard it on the connection there is now; undefined where all have.
   * Any of them may ask about a transaction, or bring a reply. Brokers of no topic in use are found first, and from then
   * on known. Never rejects, and takes at most 3 s.
   */
  introduce(): Promise<void> | undefined {
    if (this.#hasMetBrokers) return this.#registration.introduce();
    return (this.#meeting ??= neutralContext.run(() => this.#meetBrokers()));
  }

  /** From the next introduction on brokers bring replies to this name too. */
  addReplyName(name: string): void {
    this.#registration.addReplyName(name);
  }

  /** Brokers are told that they may forget the name. */
  removeReplyName(name: string): void {
    void this.#registration.removeReplyName(name);
  }

  /** The version of one broker (MQVersion ordinal), from the answer to a heartbeat. Rejects where it does not answer. */
  versionOf(address: string, deadlineAt: number): Promise<number> {
    return this.#registration.versionOf(address, deadlineAt);
  }

  /** Sends a heartbeat to one broker. Rejects where the broker does not answer it by `deadlineAt`, or refuses it. */
  reach(address: string, deadlineAt: number): Promise<void> {
    return this.#registration.reach(address, deadlineAt);
  }

  /** The route of a topic that every broker has. Rejects as `RouteTable.lookup`. */
  routeOfAllBrokers(): Promise<TopicRoute> {
    this.routes.pin(SELF_TEST_TOPIC);
    return this.routes.lookup(SELF_TEST_TOPIC);
  }

  get nameServers(): readonly string[] {
    return this.#nameServers.addresses;
  }

  /**
   * Takes a group out, and tells every known broker, for at most 3 s. Never rejects. `release` waits for it, so that a
   * producer may do both at once and need not wait twice for a broker that keeps silent.
   */
  unregisterProducer(group: string): Promise<void> {
    this.#transactionChecks.forget(group);
    const told = this.#registration.remove(group);
    this.#farewell = Promise.all([this.#farewell, told]);
    return told;
  }

  /**
   * One user less; resolves when the brokers have been told of the groups that left so far. The last one ends the
   * instance: it leaves the registry at once, tells the brokers that it goes (at most 3 s), and closes everything; no
   * timer, socket or listener is left when the promise resolves. Never rejects.
   */
  release(): Promise<void> {
    this.#users = Math.max(0, this.#users - 1);
    if (this.#users === 0) this.#shutdown ??= this.#shutDown();
    return this.#shutdown ?? this.#toldGoodbye();
  }

  async #meetBrokers(): Promise<void> {
    const deadlineAt = this.clock.now() + ANSWER_TIMEOUT_MS;
    const { routes } = this;
    routes.pin(SELF_TEST_TOPIC);
    // Not one after the other: the brokers known already have all the time there is.
    const known = this.#registration.introduce(deadlineAt);
    await routes.refresh(SELF_TEST_TOPIC);
    if (this.#state === 'RUNNING') await Promise.all([known, this.#registration.introduce(deadlineAt)]);
    this.#hasMetBrokers = true;
  }

  /** Not on the connection to a server that goes away: the heartbeat would only be refused like everything else. */
  #greet(connection: Connection): void {
    const { address } = connection;
    if (this.#state !== 'RUNNING' || !this.routes.brokerAddresses().has(address)) return;
    if (!this.pool.isGoingAway(address)) void this.#registration.greet(connection);
  }

  async #toldGoodbye(): Promise<void> {
    await this.#farewell;
  }

  #startSchedules(): void {
    this.#state = 'START_FAILED';
    const discovery = this.#discovery;
    const tasks: ScheduledTasks = {
      fetchNameServers: discovery && (() => void discovery.fetch()),
      refreshRoutes: () => void this.routes.refreshAll(),
      dropOfflineBrokersAndHeartbeat: () => {
        this.#dropOfflineBrokers();
        void this.heartbeat();
      },
      refreshCredentials: () => this.#credentialSource?.refresh(),
    };
    try {
      this.#schedules = startSchedules(clientSchedules(tasks, this.#config), this.clock.scheduler);
    } catch (error) {
      this.#startError = error;
      throw this.#startFailed();
    }
    this.#state = 'RUNNING';
  }

  #startFailed(): Error {
    return createError('RMQ_INSTANCE_FAILED', `the client instance ${this.clientId} could not be started`, {
      detail: { clientId: this.clientId },
      cause: this.#startError,
    });
  }

  #dropOfflineBrokers(): void {
    this.routes.dropOfflineBrokers();
    const brokers = [...this.routes.brokerAddresses()];
    this.pool.retain(new Set([...this.#nameServers.addresses, ...brokers, ...brokers.map(vipAddress)]));
  }

  async #shutDown(): Promise<void> {
    const wasRunning = this.#state === 'RUNNING';
    this.#state = 'SHUTTING_DOWN';
    this.#leaveRegistry();
    // Before the goodbyes, which may take their time: from here on the next one of this name makes an instance of its own.
    const givenUp = this.#nameClaim?.then((claim) => claim.giveUp()).catch(() => {});
    this.#schedules?.unsubscribe();
    this.#discovery?.close();
    if (wasRunning) void this.unregisterProducer(INNER_PRODUCER_GROUP);
    await this.#farewell;
    this.#logger.close();
    this.routes.close();
    this.pool.closeAll();
    await givenUp;
    this.#connectionEvents.complete();
    this.#state = 'SHUTDOWN_ALREADY';
  }
}

/** What a configuration says about where routes come from; the same for the same servers in another order. */
export function clusterOf({ nameServers, discovery, unitName }: ClientInstanceConfig): string {
  return discovery === undefined ? [...nameServers].sort().join(';') : discoveryUrl(discovery, unitName);
}

const inWords = (zone: Zone | undefined): string =>
  zone === undefined ? '(none)' : `${zone.name ?? '(no name)'} with the mode ${zone.mode ?? '(none)'}`;

/** Whether no server is known to be of both. */
function isOtherCluster(one: ClientInstanceConfig, other: ClientInstanceConfig): boolean {
  if (one.discovery !== undefined && other.discovery !== undefined) return clusterOf(one) !== clusterOf(other);
  if (one.discovery !== undefined || other.discovery !== undefined) return false;
  return !other.nameServers.some((address) => one.nameServers.includes(address));
}

function areSame<T>(one: Sealed<T> | undefined, other: Sealed<T> | undefined): boolean {
  return one === undefined ? other === undefined : one.equals(other);
}

/** Whether servers hear plain text, straight from here. */
function isPlain({ dial, tls, socksProxy }: ClientInstanceConfig): boolean {
  return dial === undefined && tls === undefined && socksProxy === undefined;
}

function createCredentialSource(
  { credentials, callerContext = ambientContext }: ClientInstanceConfig,
  clock: Clock,
  logger: Logger,
): CredentialSource | undefined {
  const given = credentials?.open();
  if (given === undefined) return undefined;
  return new CredentialSource({
    given: typeof given === 'function' ? inContext(callerContext, given) : given,
    now: () => clock.now(),
    onProblem: (error) => logger.warn({ error: String(error) }, 'credentials could not be renewed'),
  });
}
