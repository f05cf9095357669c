/**
 * What stands behind a producer and serves its stages: the life cycle, the client instance it shares, its flows. The
 * caller's side is `producer.ts`; the pipeline is `operators/`.
 */
import { BehaviorSubject, type Observable, Subject, type Subscription } from 'rxjs';
import type { ClientInstance } from '../client/client-instance.js';
import { startBrokerDetector } from '../client/broker-detector.js';
import { acquireClientInstance, clientIdOf } from '../client/client-registry.js';
import type { ConnectionEvent } from '../connection/connection-pool.js';
import { call } from '../connection/call.js';
import type { Connection } from '../connection/connection.js';
import type { ErrorCode } from '../errors/error-table.js';
import { forListeners } from '../callbacks/listener-observable.js';
import { neutralContext } from '../callbacks/neutral-context.js';
import { createError, RocketMQError } from '../errors/rocketmq-error.js';
import { RateLimitedLogger } from '../observe/rate-limited-logger.js';
import { clientFields } from '../protocol/client-fields.js';
import type { RemoteCall } from '../protocol/remote-call.js';
import { sendReplyMessage } from '../protocol/requests/send-reply-message.js';
import { SendFrameEncoder } from '../protocol/send-frame.js';
import { BrokerHealth } from '../route/broker-health.js';
import { type NamedRoutes, NamespacedRoutes } from '../route/namespaced-routes.js';
import type { RouteChange } from '../route/route-table.js';
import type { TopicRoute } from '../route/topic-route.js';
import { VipAddresses } from '../route/vip-address.js';
import { Clock } from '../time/clock.js';
import { DeadlineSweep } from '../time/deadline-sweep.js';
import { KeepAlive } from '../time/keep-alive.js';
import { RequiredKeys } from './batch/required-keys.js';
import { AttemptHooks } from './hooks/attempt-hooks.js';
import type { ResolvedConfig } from './config.js';
import { LivenessTable } from './flow/broker-liveness.js';
import { Flow, type FlowSetup } from './flow/flow.js';
import { type Hooks, looksAtAttempts, looksAtRequests } from './hooks/hook-options.js';
import type { SendFailure } from './message/outcome.js';
import type { ProducerEvent } from './state/producer-event.js';
import { ProducerTransactions } from './transaction/producer-transactions.js';
import { ProducerRequests } from './request/producer-requests.js';
import type { ProducerHealth, ServerHealth } from './state/health.js';
import { type ReadyOptions, whenReady } from './state/readiness.js';
import { ProducerStatistics } from './state/producer-statistics.js';
import type { ServiceState } from './state/service-state.js';
import { SharedLimit } from './flow/shared-limit.js';
import type { Filled } from '../options/check-options.js';
import type { TraceOptions } from './trace/trace-options.js';
import type { Tracer } from './trace/tracer.js';
import { type InnerProducer, Tracing } from './trace/tracing.js';
import { WireNames } from './wire-names.js';

export interface ShutdownOptions {
  /** Default true: what was accepted is still sent. With false, everything unsettled is given back at once. */
  readonly drain?: boolean | undefined;
  /** Ms that draining may take; default 10 000. What is not settled by then is given back. */
  readonly timeoutMs?: number | undefined;
}

export interface ShutdownSummary {
  /** Messages that got their outcome from a broker, or their own failure, while draining. */
  readonly settled: number;
  /** Messages that were ended by the shutdown. */
  readonly abandoned: readonly SendFailure[];
}

const DEFAULT_DRAIN_MS = 10_000;
const DEFAULT_READY_MS = 10_000;

/** Another attempt would only be refused again, whatever `retryableCodes` says. */
const REFUSED_FOR_GOOD: ReadonlySet<ErrorCode> = new Set([
  'RMQ_ACCESS_DENIED',
  'RMQ_MESSAGE_REFUSED',
  'RMQ_MESSAGE_INVALID',
]);

/** Producers that a producer lives with. */
export interface ProducerKin {
  readonly host?: ProducerCore | undefined;
  /** Called when there is a trace to send for the first time; without it nothing is traced. */
  readonly createInner?: (() => InnerProducer) | undefined;
}

export class ProducerCore {
  readonly config: ResolvedConfig;
  readonly clock: Clock;
  readonly encoder: SendFrameEncoder;
  readonly replyEncoder: SendFrameEncoder;
  readonly requests: ProducerRequests;
  readonly requiredKeys: RequiredKeys;
  /** Which brokers rotation passes over; only with `latencyFaultTolerance`. */
  readonly health: BrokerHealth | undefined;
  readonly logger: RateLimitedLogger;
  readonly statistics: ProducerStatistics;
  readonly state$: BehaviorSubject<ServiceState>;
  readonly events$ = new Subject<ProducerEvent>();
  /** Called around every attempt; absent where there is nobody to call. */
  readonly attemptHooks: AttemptHooks | undefined;

  readonly transactions: ProducerTransactions;
  /** Tells what this producer does; absent where nothing is traced. */
  readonly tracer: Tracer | undefined;

  readonly #sweep: DeadlineSweep;
  readonly #keepAlive = new KeepAlive();
  /** Over all flows. */
  readonly #limit: SharedLimit | undefined;
  readonly #brokers = new LivenessTable((brokerName, silentMs) => {
    this.logger.warn({ brokerName, silentMs }, 'a broker does not respond: what can go to other brokers does');
  });
  readonly #names: WireNames;
  readonly #flows = new Set<Flow>();
  readonly #subscriptions: Subscription[] = [];
  readonly #vipAddresses: VipAddresses | undefined;
  #instance: ClientInstance | undefined;
  #clientId: string | undefined;
  /** Those of the instance, under the names of this producer's namespace. */
  #routes: NamedRoutes | undefined;
  readonly #host: ProducerCore | undefined;
  readonly #tracing: Tracing | undefined;
  #removeHooks = (): void => {};
  #starting: Promise<void> | undefined;
  #stopping: Promise<ShutdownSummary> | undefined;

  /** `host`: the producer whose client instance this one uses, which must be running when this one sends. */
  constructor(config: ResolvedConfig, { host, createInner }: ProducerKin = {}) {
    const { createTopicKey, defaultTopicQueueNums, unitMode } = config;
    this.config = config;
    this.#names = new WireNames(config.namespace);
    this.clock = new Clock(config.scheduler);
    this.statistics = new ProducerStatistics(() => this.clock.now());
    const frames = {
      group: this.nameOnWire(config.group),
      createTopicKey,
      defaultTopicQueueNums,
      unitMode,
      topicOnWire: config.namespace === undefined ? undefined : (topic: string) => this.nameOnWire(topic),
      requestFields: clientFields(config),
    };
    this.encoder = new SendFrameEncoder(frames);
    this.replyEncoder = new SendFrameEncoder({ ...frames, code: sendReplyMessage.code });
    this.#vipAddresses = config.vipChannel ? new VipAddresses() : undefined;
    this.logger = new RateLimitedLogger(config.logger, this.clock);
    this.health = config.latencyFaultTolerance === false ? undefined : this.#createHealth();
    this.state$ = new BehaviorSubject<ServiceState>('CREATE_JUST');
    this.#sweep = new DeadlineSweep(this.clock);
    this.requests = new ProducerRequests(this);
    this.requiredKeys = new RequiredKeys(this.clock);
    this.#host = host;
    const { group, hooks = {}, trace } = config;
    this.#tracing = trace && createInner && this.#createTracing(trace, createInner);
    const tracer = (this.tracer = this.#tracing?.tracer);
    if (looksAtAttempts(hooks) || tracer !== undefined) {
      this.attemptHooks = new AttemptHooks({ group, hooks, tracer, report: this.#reportHook });
    }
    this.transactions = new ProducerTransactions(this, this.#reportHook);
    const { maxInFlight: messages, maxInFlightBytes: bytes } = config;
    if (messages !== undefined || bytes !== undefined) this.#limit = new SharedLimit({ messages, bytes });
  }

  get state(): ServiceState {
    return this.state$.value;
  }

  // ------------------------------------------------------------------ life cycle

  /** As `ensureStarted`, but rejects with RMQ_STATE_INVALID after `shutdown()` and after a start that failed for good. */
  async start(): Promise<void> {
    if (!this.takesMessages) throw this.#stateError('start()');
    await this.ensureStarted();
  }

  /** Starts a producer that was only created, and joins a start in progress. */
  ensureStarted(): Promise<void> {
    if (this.state === 'RUNNING') return Promise.resolve();
    if (this.state === 'CREATE_JUST' && this.#stopping === undefined)
      this.#starting = neutralContext.run(() => this.#start());
    else if (this.state !== 'START_FAILED') return Promise.reject(this.closedError());
    return this.#starting ?? Promise.reject(this.#stateError('send'));
  }

  /** False after `shutdown()` was called, and after a start that failed for good. */
  get takesMessages(): boolean {
    return this.#stopping === undefined && (this.state !== 'START_FAILED' || this.#starting !== undefined);
  }

  /** Throws where no message is taken: after `shutdown()` was called, and after a start that failed for good. */
  assertTakesMessages(): void {
    if (this.#stopping !== undefined) throw this.closedError();
    if (this.state === 'START_FAILED' && this.#starting === undefined) throw this.#stateError('send');
  }

  /**
   * Drains all pipelines, bounded in time, and leaves the client instance; a second call joins the first. Never
   * rejects because a server cannot be reached.
   */
  shutdown(options: ShutdownOptions = {}): Promise<ShutdownSummary> {
    if (this.#stopping === undefined) {
      this.#stopping = neutralContext.run(() => this.#stop(options));
      // Before anything else can be called. A start in progress has the state until it has ended.
      if (this.state !== 'START_FAILED') this.#enter('SHUTTING_DOWN');
    }
    return this.#stopping;
  }

  async #start(): Promise<void> {
    const { group, namespace, hooks, warmUpTopics, callerContext } = this.config;
    this.#enter('START_FAILED');
    let acquired: ClientInstance | undefined;
    let instance: ClientInstance;
    try {
      instance = acquired = this.#host?.joinInstance() ?? acquireClientInstance(this.config, this.clientId);
      // A host's instance has the group of what is inside of it from the start, and nobody asks or answers that.
      if (this.#host === undefined) {
        instance.registerProducer(this.nameOnWire(group), this.transactions.onCheck);
        instance.replies.listen(this.requests.name, this.requests.onReply);
      }
    } catch (error) {
      await acquired?.release();
      this.#starting = undefined;
      this.#enter('CREATE_JUST');
      this.#endFlows(error);
      throw error;
    }
    try {
      this.#instance = instance;
      this.#routes = namespace === undefined ? instance.routes : this.#routesIn(namespace, instance.routes);
      if (hooks !== undefined && looksAtRequests(hooks)) {
        this.#removeHooks = instance.pool.hooks.add(hooks, this.#reportHook, callerContext);
      }
      if (this.config.exclusiveInstanceName) await instance.claimName();
      await instance.start();
      // Brokers ask whoever of the group they have heard of, also about what another sent and before this one sends.
      if (this.config.checkTransaction !== undefined) void instance.introduce();
    } catch (error) {
      this.#starting = undefined;
      await this.#leaveInstance();
      this.#endFlows(error);
      throw error;
    }
    this.#subscriptions.push(
      instance.routes.changes$.subscribe((change) => this.#tellRouteChange(change)),
      instance.connectionEvents$.subscribe((event) => {
        if (event.state === 'closed' && event.reason.code !== 'RMQ_CONNECT_FAILED') {
          this.requests.replyNames.connectionLost();
        }
        this.events$.next(connectionEvent(event));
      }),
    );
    if (this.health !== undefined && this.#hasDetector) this.#startDetector(this.health, instance);
    for (const topic of warmUpTopics) {
      this.#routes.lookup(topic).catch((error: unknown) => this.logger.warn({ topic, err: error }, 'no route yet'));
    }
    this.#enter('RUNNING');
  }

  async #stop({ drain = true, timeoutMs = DEFAULT_DRAIN_MS }: ShutdownOptions): Promise<ShutdownSummary> {
    await this.#starting?.catch(() => {});
    const settledBefore = this.statistics.sent + this.statistics.failed;
    if (this.state !== 'SHUTTING_DOWN') this.#enter('SHUTTING_DOWN');
    this.#keepAlive.acquire();
    const endsAt = this.clock.now() + timeoutMs;
    if (drain) {
      for (const flow of this.#flows) flow.closeAdmission(this.closedError());
      await this.#drained(timeoutMs);
    }
    const abandoned = [...this.#flows].flatMap((flow) => flow.abort('shutdown', this.closedError()));
    const settled = this.statistics.sent + this.statistics.failed - settledBefore - abandoned.length;
    await this.#tracing?.end({ drain, timeoutMs: Math.max(0, endsAt - this.clock.now()) });
    await this.#leaveInstance();
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#enter('SHUTDOWN_ALREADY');
    this.state$.complete();
    this.events$.complete();
    this.logger.close();
    this.#keepAlive.dispose();
    return { settled, abandoned };
  }

  async #leaveInstance(): Promise<void> {
    const instance = this.#instance;
    this.transactions.close();
    this.#instance = undefined;
    this.#routes = undefined;
    // Not awaited: release() waits for it, and a broker that keeps silent is then waited for once.
    if (this.#host === undefined) {
      this.requests.replyNames.close();
      instance?.replies.forget(this.requests.name);
      void instance?.unregisterProducer(this.nameOnWire(this.config.group));
    }
    await instance?.release();
    this.#removeHooks();
  }

  async #drained(timeoutMs: number): Promise<void> {
    let timer: Subscription | undefined;
    const timeUp = new Promise<void>((resolve) => {
      timer = this.clock.after(timeoutMs, resolve);
    });
    await Promise.race([this.flush(), timeUp]);
    timer?.unsubscribe();
  }

  #endFlows(error: unknown): void {
    for (const flow of this.#flows) flow.abort('shutdown', asStartError(error));
  }

  #enter(state: ServiceState): void {
    this.state$.next(state);
    this.events$.next({ type: 'state', state });
  }

  // ------------------------------------------------------------------ readiness

  /** Resolves when messages could be sent; the process lives for as long as it takes. */
  async ready(options: ReadyOptions): Promise<void> {
    const { timeoutMs = DEFAULT_READY_MS } = options;
    this.assertTakesMessages();
    this.#keepAlive.acquire();
    try {
      await whenReady(this, { ...options, timeoutMs });
    } finally {
      this.#keepAlive.release();
    }
  }

  /** Sends a heartbeat to one broker. Rejects where the broker does not answer it by `deadlineAt`, or refuses it. */
  reach(address: string, deadlineAt: number): Promise<void> {
    return this.#running.reach(address, deadlineAt);
  }

  routeOfAllBrokers(): Promise<TopicRoute> {
    return this.#running.routeOfAllBrokers();
  }

  serverHealth(): ProducerHealth {
    const instance = this.#instance;
    const nameServers = (instance?.nameServers ?? this.config.nameServers).map((address) => this.#healthOf(address));
    const names = instance === undefined ? [] : [...instance.routes.brokers().keys()];
    const brokers = names.flatMap((brokerName) => {
      const address = this.addressOf(brokerName);
      return address === undefined ? [] : [{ brokerName, ...this.#healthOf(address) }];
    });
    return { state: this.state, nameServers, brokers };
  }

  #healthOf(address: string): ServerHealth {
    const known = this.#instance?.pool.healthOf(address);
    if (known === undefined) return { address, connection: 'idle', lastAnswerAt: null, problem: null };
    const { connection, lastHeardAt, problem } = known;
    const lastAnswerAt = Number.isNaN(lastHeardAt) ? null : Math.round(Date.now() - (this.clock.now() - lastHeardAt));
    return { address, connection, lastAnswerAt, problem: problem?.code ?? null };
  }

  // ------------------------------------------------------------------ what the stages ask for

  /** The client instance of this running producer, with one more user, who releases it. */
  joinInstance(): ClientInstance {
    const instance = this.#running;
    instance.addUser();
    return instance;
  }

  /** The flow of one subscription; it starts a producer that was only created. */
  createFlow(setup: FlowSetup): Flow {
    this.assertTakesMessages();
    const surroundings = {
      timeoutMs: this.config.sendTimeoutMs,
      clock: this.clock,
      sweep: this.#sweep,
      keepAlive: this.#keepAlive,
      statistics: this.statistics,
      events: this.events$,
      logger: this.logger,
      brokers: this.#brokers,
      limit: this.#limit,
    };
    const flow: Flow = new Flow(surroundings, setup, () => this.#flows.delete(flow));
    this.#flows.add(flow);
    // A failed start ends the flow with the error; there is nothing more to do with it here.
    this.ensureStarted().catch(() => {});
    return flow;
  }

  routeOf(topic: string): TopicRoute | Promise<TopicRoute> {
    const routes = this.#routes;
    if (routes === undefined || this.state === 'START_FAILED') {
      return this.ensureStarted().then(() => this.#runningRoutes.lookup(topic));
    }
    return routes.get(topic) ?? routes.lookup(topic);
  }

  /** That of a topic under its name on the wire. */
  sharedRouteOf(topic: string): Promise<TopicRoute> {
    return this.#running.routes.lookup(topic);
  }

  /** The route of a topic, where it is known already. */
  knownRoute(topic: string): TopicRoute | undefined {
    return this.#routes?.get(topic);
  }

  /** Asks again. Never rejects: what is known stays. */
  refreshRoute(topic: string): Promise<void> {
    return this.#runningRoutes.refresh(topic);
  }

  /** The same for a message that failed, once for all that fail at a time. */
  renewRoute(topic: string): Promise<void> {
    return this.#routes?.renew(topic) ?? Promise.resolve();
  }

  /** Where sends to a broker go: its master, or that one's VIP channel. */
  addressOf(brokerName: string): string | undefined {
    const address = this.#running.routes.addressOf(brokerName);
    return this.#vipAddresses === undefined || address === undefined ? address : this.#vipAddresses.of(address);
  }

  /** The broker's master itself, where it is known. */
  masterOf(brokerName: string): string | undefined {
    return this.#instance?.routes.addressOf(brokerName);
  }

  /** As brokers know this client; before the start already. */
  get clientId(): string {
    this.#clientId ??= clientIdOf(this.config);
    return this.#clientId;
  }

  introduce(): Promise<void> | undefined {
    return this.#instance?.introduce();
  }

  addReplyName(name: string): void {
    this.#instance?.addReplyName(name);
  }

  removeReplyName(name: string): void {
    this.#instance?.removeReplyName(name);
  }

  countStray(): void {
    this.statistics.strays++;
  }

  /** What servers call a topic or group of this producer: its name in the namespace. */
  nameOnWire(name: string): string {
    return this.#names.toWire(name);
  }

  /** The same back. */
  nameFromWire(name: string): string {
    return this.#names.fromWire(name);
  }

  /** Replies of a cluster go to this topic, which is in no namespace. */
  addReplyTopic(topic: string): void {
    this.#names.addReplyTopic(topic);
  }

  connectionTo(address: string): Connection {
    return this.#running.pool.get(address);
  }

  /** Asks a broker something that is no message. Rejects with the error of the connection, of the time, or of a refusal. */
  ask<Request, Response>(
    address: string,
    remoteCall: RemoteCall<Request, Response>,
    request: Request,
    timeoutMs: number,
  ): Promise<Response> {
    return call(this.#running.pool.get(address), remoteCall, request, this.clock.now() + timeoutMs);
  }

  /** The broker's version (MQVersion ordinal), asked for by a heartbeat. Rejects with what is in the way. */
  versionOf(address: string, deadlineAt: number): Promise<number> {
    return this.#running.versionOf(address, deadlineAt);
  }

  /** Which failed attempts are followed by another: `retryableCodes`, where given, decides for answers of brokers. */
  readonly isRetryable = (failure: SendFailure): boolean => {
    const { code, retryable, detail } = failure.error;
    const { retryableCodes } = this.config;
    const responseCode = detail['responseCode'];
    if (retryableCodes === undefined || typeof responseCode !== 'number' || REFUSED_FOR_GOOD.has(code))
      return retryable;
    return retryableCodes.includes(responseCode);
  };

  /** Resolves when everything that was handed in before this call is settled. */
  async flush(): Promise<void> {
    await Promise.all([...this.#flows].map((flow) => flow.flush()));
  }

  /** What users look at: they cannot end anything by it. `name` is that of the property, for the log. */
  forListeners<T>(name: string, source: Observable<T>): Observable<T> {
    return forListeners(source, (err) => this.logger.error({ listener: name, err }, 'a listener threw'));
  }

  closedError(): RocketMQError {
    return createError('RMQ_CLOSED', `the producer of group ${this.config.group} was shut down`, {
      detail: { group: this.config.group, state: this.state },
    });
  }

  #routesIn(namespace: string, routes: NamedRoutes): NamedRoutes {
    return new NamespacedRoutes(routes, namespace, (topic) => this.nameOnWire(topic));
  }

  get #hasDetector(): boolean {
    const { latencyFaultTolerance } = this.config;
    return typeof latencyFaultTolerance === 'object' && latencyFaultTolerance.detector === true;
  }

  #createHealth(): BrokerHealth {
    const onAvoided = (brokerName: string, forMs: number): void => {
      this.logger.warn({ brokerName, forMs }, 'a broker is slow or failing, and is left alone for a while');
      this.events$.next({ type: 'broker-avoided', brokerName, forMs });
    };
    return new BrokerHealth({ clock: this.clock, hasDetector: this.#hasDetector, onAvoided });
  }

  #startDetector(health: BrokerHealth, { pool, routes }: ClientInstance): void {
    const addressOf = (brokerName: string): string | undefined => routes.addressOf(brokerName);
    const topicOnWire = (topic: string): string => this.nameOnWire(topic);
    this.#subscriptions.push(startBrokerDetector({ health, pool, clock: this.clock, addressOf, topicOnWire }));
  }

  #createTracing(trace: Filled<TraceOptions>, createInner: () => InnerProducer): Tracing {
    const { clock, logger, statistics } = this;
    const onDropped = (records: number): void => {
      statistics.tracesDropped += records;
    };
    return new Tracing({ ...trace, clock, logger, onDropped }, createInner);
  }

  readonly #reportHook = (hook: keyof Hooks, error: unknown): void => {
    this.logger.error({ hook, err: error }, 'a hook threw');
    this.events$.next({ type: 'hook-failed', hook, error });
  };

  #tellRouteChange(change: RouteChange): void {
    this.events$.next({ type: 'route-changed', ...change, topic: this.nameFromWire(change.topic) });
  }

  get #runningRoutes(): NamedRoutes {
    if (this.#routes === undefined) throw this.closedError();
    return this.#routes;
  }

  get #running(): ClientInstance {
    if (this.#instance === undefined) throw this.closedError();
    return this.#instance;
  }

  #stateError(what: string): RocketMQError {
    const { group } = this.config;
    return createError('RMQ_STATE_INVALID', `${what} is not allowed in the state ${this.state}`, {
      detail: { group, state: this.state },
    });
  }
}

const connectionEvent = (event: ConnectionEvent): ProducerEvent => {
  const { address, state } = event;
  return state === 'open'
    ? { type: 'connection', address, state }
    : { type: 'connection', address, state, reason: event.reason.message };
};

const asStartError = (error: unknown): RocketMQError =>
  error instanceof RocketMQError
    ? error
    : createError('RMQ_INSTANCE_FAILED', 'the client instance could not be started', { cause: error });
