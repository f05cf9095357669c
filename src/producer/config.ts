/**
 * The producer's configuration: the type, the one table of its options, and the check that turns what a caller wrote
 * into what the producer works with. It starts and opens nothing.
 */
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { SchedulerLike } from 'rxjs';
import { AsyncContext, type CallbackContext, inContext } from '../callbacks/async-context.js';
import { neutralContext } from '../callbacks/neutral-context.js';
import type { Credentials } from '../access/credentials.js';
import type { SocksProxy } from '../connection/socks-proxies.js';
import { DEFAULT_INSTANCE_NAME } from '../ids/client-id.js';
import { guardedLogger } from '../observe/guarded-logger.js';
import { createDefaultLogger, type Logger, silentLogger } from '../observe/logger.js';
import type { Zone } from '../protocol/client-fields.js';
import { environmentVariable } from '../ids/environment.js';
import { namespaceOfAddress, wrapNamespace } from '../protocol/namespace.js';
import { DEFAULT_SUBGROUP, type DiscoveryPlace } from '../route/name-server-discovery.js';
import { areAddresses, parseNameServers } from '../route/name-servers.js';
import { backgroundScheduler } from '../time/background-scheduler.js';
import { credentials, type SealedSecrets, sealSecrets, socksProxy, tls } from './options/access-options.js';
import { type Checked, type Filled, type OptionTable, OptionCheck } from '../options/check-options.js';
import type { CheckTransaction } from './transaction/transaction.js';
import { checkCompression, type CompressOptions, compressOptions, MAX_BODY_BYTES } from './options/compress-options.js';
import { givenHooks, type Hooks, hookOptions } from './hooks/hook-options.js';
import {
  callback,
  either,
  integer,
  isObject,
  type Kind,
  listOf,
  objectWith,
  off,
  oneOf,
  text,
  trueOrFalse,
} from '../options/option-kinds.js';
import { registerPlaces } from '../options/option-places.js';
import { traceKind, type TraceOptions, tracing } from './trace/trace-options.js';
import { zoneKind, type ZoneOptions, zoneOf } from './options/zone-option.js';

/** Bounds for the answers of `checkTransaction`. What finds no room, or no answer in time, is asked again by the broker. */
export interface TransactionCheckOptions {
  /** Transactions that are asked about at one time. */
  readonly concurrency?: number | undefined;
  /** For one answer; then the broker is told `unknown`, and a late answer is ignored. */
  readonly timeoutMs?: number | undefined;
  /** Questions that wait at most. */
  readonly waiting?: number | undefined;
}

/** How a producer finds its servers and treats its messages. Everything but `group` has a default. */
export interface ProducerConfig {
  /** Where routes are asked for: `host:port` addresses, separated by `;` or as an array; or `{ domain, subgroup }`, the web server that knows them (`http://<domain>:8080/rocketmq/<subgroup>`). When absent, the environment variables `NAMESRV_ADDR`, or `ROCKETMQ_NAMESRV_DOMAIN` and `ROCKETMQ_NAMESRV_DOMAIN_SUBGROUP`. */
  readonly nameServers?:
    string | readonly string[] | { readonly domain: string; readonly subgroup?: string | undefined } | undefined;
  /** The producer group. Brokers know the producers of one application by it; one client instance has each group once. */
  readonly group: string;
  /** A namespace (v1): topics and groups are renamed to `<namespace>%<name>` on the wire, and only there. When absent, that of a name server called `MQ_INST_<id>_<name>.…`. */
  readonly namespace?: string | undefined;
  /** A namespace (v2): every request names it, and nothing is renamed. Producers that share an instance have the same one. */
  readonly namespaceV2?: string | undefined;
  /** Producers with the same instance name (and address and unit) share connections, routes and timers, and with them cluster, TLS and credentials. `DEFAULT` means a name of its own for each producer. */
  readonly instanceName?: string | undefined;
  /** Tells the clients of several clusters on one machine apart; becomes part of the client id. */
  readonly unitName?: string | undefined;
  /** Marks messages and the topics they create as belonging to a unit. */
  readonly unitMode?: boolean | undefined;
  /** Refuses to start while another process on this machine has the same `instanceName`, which must be given. Binds a UDP port: 33333 + |hash of the name| % 10000. */
  readonly exclusiveInstanceName?: boolean | undefined;
  /** Says in every request that it is part of a stream (`ReqT` 0), for servers that serve streams apart from others; becomes part of the client id. Brokers and proxies of the open-source releases do not look at it. */
  readonly streamRequestType?: boolean | undefined;
  /**
   * The zone that the producer is in, told in every request: name servers since 5.0 then show it only the brokers of this
   * zone, in whatever case they write it, and those without a master. `{ name, mode: false }` tells the name alone, and
   * all brokers are shown; `false` tells nothing. When absent, the environment variables `ROCKETMQ_ZONE` and
   * `ROCKETMQ_ZONE_MODE` (`true`), each for itself. Producers that share an instance have the same one.
   */
  readonly zone?: string | ZoneOptions | false | undefined;
  /** The address in the client id, which consoles show. When absent, the first suitable address of this machine. */
  readonly clientIp?: string | undefined;
  /**
   * Who the producer is, on clusters with access control: every request is signed. A function is called at the start,
   * then every 60 s and after a refusal (once a second at most); the last credentials it gave stay in force while it
   * fails. The first messages wait for the first ones, within their time.
   */
  readonly credentials?: (Credentials | (() => Credentials | Promise<Credentials>)) | undefined;
  /**
   * TLS with all servers. `true` trusts who Node trusts; an object has options of Node's `tls.connect`: `ca`, `cert`,
   * `key`, `servername` and others. Servers are verified unless `rejectUnauthorized` is false; routes tell addresses, so
   * certificates must name those, or `servername` say the name. A function is called at each dial: certificates that
   * were replaced are used without a restart.
   */
  readonly tls?: (boolean | ConnectionOptions | (() => ConnectionOptions)) | undefined;
  /**
   * SOCKS5 proxies by the network of the server: `{ '10.0.0.0/8': { address: 'proxy:1080', username, password } }`. The
   * narrowest network counts; a host stands for itself, `0.0.0.0/0` for everything; servers in none are reached
   * directly. Names are resolved by the proxy. A text is the proxy of everything.
   */
  readonly socksProxy?: string | Readonly<Record<string, SocksProxy>> | undefined;
  /** The time for one message, from its slot in the window to its outcome: compression, route, all attempts. */
  readonly sendTimeoutMs?: number | undefined;
  /** The time for one attempt, each of them, within what is left of `sendTimeoutMs`. When absent, half of the time left while attempts remain, and all of it for the last one. */
  readonly attemptTimeoutMs?: number | undefined;
  /** Attempts after the first one that failed; each goes to another broker where there is one. */
  readonly retries?: number | undefined;
  /** Response codes of brokers after which another attempt is made. When absent, those that say that this broker cannot serve now. Refusals of access and of the message itself are never retried. */
  readonly retryableCodes?: readonly number[] | undefined;
  /** Whether a message that a broker stored, but with another status than SEND_OK, is sent to another broker as well. **It is then stored twice**, under one unique key. Where the other brokers fail, the first receipt is the outcome. Not for messages whose queue is fixed by a key, a selector or their caller. */
  readonly retryAnotherBrokerWhenNotStoreOk?: boolean | undefined;
  /** Passes over brokers that were slow or failed lately, for 2 to 30 s, as long as there are others. `{ detector: true }` also asks those that failed whether they can be reached again. */
  readonly latencyFaultTolerance?: boolean | { readonly detector?: boolean | undefined } | undefined;
  /** Compression of bodies; `false` sends them as they are. */
  readonly compress?: CompressOptions | false | undefined;
  /** The topic whose route is used for topics that do not exist yet, on brokers that create topics by themselves. */
  readonly createTopicKey?: string | undefined;
  /** With how many queues, at most, a broker creates such a topic. */
  readonly defaultTopicQueueNums?: number | undefined;
  /** Larger bodies are refused before anything is sent. Brokers have a limit of their own (`maxMessageSize`). */
  readonly maxMessageBytes?: number | undefined;
  /** Sends through the brokers' second port, two below the first: what reads much there does not delay sends. */
  readonly vipChannel?: boolean | undefined;
  /** Functions that are called around whatever is sent. None is called where there are none, at no cost. */
  readonly hooks?: Hooks | undefined;
  /** Whether brokers keep a trace of every message that was stored, of the ends of transactions and of recalls, for consoles and `mqadmin queryMsgTraceById`: an object says where and in which batches (`{ topic, batch }`; by default `RMQ_SYS_TRACE_TOPIC` and 10). It delays no message, and is dropped where it cannot keep up. */
  readonly trace?: boolean | TraceOptions | undefined;
  /** How request headers are written. When absent, JSON until the server's version is known, then binary. */
  readonly header?: 'json' | 'binary' | undefined;
  /** Topics whose routes are fetched at the start, so that their first messages need not wait for it. */
  readonly warmUpTopics?: readonly string[] | undefined;
  /** Replaces each broker address of a route: for containers and port forwards. It returns at once; a broker whose address it cannot map is left out, and where none is left sends fail with RMQ_ADDRESS_MAPPING_FAILED. */
  readonly mapBrokerAddress?: ((address: string) => string) | undefined;
  /** How often the routes of the topics in use are refreshed. */
  readonly routeRefreshMs?: number | undefined;
  /** How often brokers are told that this producer lives; they forget it after 120 s. */
  readonly heartbeatMs?: number | undefined;
  /** Messages in flight at most, over all streams and sends of this producer, shared fairly; each stream may always have one. */
  readonly maxInFlight?: number | undefined;
  /** Bytes in flight at most, over all streams and sends of this producer. A larger message goes alone. */
  readonly maxInFlightBytes?: number | undefined;
  /** Answers brokers that ask what became of a transaction whose end they never heard of, also of one from before a restart. A broker that asks about a transaction whose end it has confirmed to this producer within the last 10 minutes is answered without it, so that the message is there once (5.5.0 asks for up to 3 s after the end). Without it such transactions stay open until another producer of the group answers, or the broker gives them up. */
  readonly checkTransaction?: CheckTransaction | undefined;
  /** How much of that happens at once. */
  readonly transactionChecks?: TransactionCheckOptions | undefined;
  /** Where log lines go. When absent, pino at level warn to standard error; `false` is silence. */
  readonly logger?: Logger | false | undefined;
  /** What all timers run on. When absent, timers that do not keep the process alive; tests give a virtual one. */
  readonly scheduler?: SchedulerLike | undefined;
}

const DAY_MS = 86_400_000;
const KIB = 1024;
const MIB = 1024 * KIB;
/** Brokers drop producers after 120 s without a heartbeat and close connections that were idle so long. */
const MAX_HEARTBEAT_MS = 100_000;

const NAME = /^[%|a-zA-Z0-9_-]+$/;
/** Without '%', which ends the namespace in a name. */
const isNamespace = (name: string): boolean => /^[|a-zA-Z0-9_-]{1,100}$/.test(name);
const isTopic = (name: string): boolean => NAME.test(name) && name.length <= 127;
const isGroup = (name: string): boolean => NAME.test(name) && name.length <= 120 && name !== 'DEFAULT_PRODUCER';
const isHeaderText = (name: string): boolean => /^[^\s\p{Cc}]{1,255}$/u.test(name);
/** Goes into the client id, whose parts are joined by '@'. */
const isClientIdPart = (name: string): boolean => /^[^\s@\p{Cc}]{1,255}$/u.test(name);

const topic = text('a topic name: 1 to 127 characters of % | a-z A-Z 0-9 _ -', isTopic);
const clientIdPart = text("1 to 255 characters without '@' and blanks", isClientIdPart);
function isDiscoveryPlace(
  given: unknown,
): given is { readonly domain: string; readonly subgroup?: string | undefined } {
  if (!isObject(given)) return false;
  const { domain, subgroup = DEFAULT_SUBGROUP, ...others } = given;
  const isPart = (part: unknown): boolean => typeof part === 'string' && /^[^\s/?#@]+$/.test(part);
  return isPart(domain) && isPart(subgroup) && Object.keys(others).length === 0;
}

const faultTolerance: Kind<boolean | { readonly detector?: boolean | undefined }> = {
  allowed: 'true, false or { detector: true or false }',
  accepts(given): given is boolean | { readonly detector?: boolean | undefined } {
    if (!isObject(given)) return typeof given === 'boolean';
    const { detector = false, ...others } = given;
    return typeof detector === 'boolean' && Object.keys(others).length === 0;
  },
};

const discoveryPlace: Kind<{ readonly domain: string; readonly subgroup?: string | undefined }> = {
  allowed: "{ domain: 'host' or 'host:port', subgroup }",
  accepts: isDiscoveryPlace,
};

const address = text("'host:port', several separated by ';'", areAddresses);

/** Every option of `ProducerConfig`; what it is for is written there. */
export const producerOptions = {
  nameServers: { kind: either(either(address, listOf('addresses', address)), discoveryPlace), java: 'namesrvAddr' },
  group: {
    kind: text("1 to 120 characters of % | a-z A-Z 0-9 _ -, and not 'DEFAULT_PRODUCER'", isGroup),
    isRequired: true,
    java: 'producerGroup',
  },
  namespace: { kind: text('1 to 100 characters of | a-z A-Z 0-9 _ -', isNamespace), java: 'namespace' },
  namespaceV2: { kind: text('1 to 255 characters without blanks', isHeaderText), java: 'namespaceV2' },
  instanceName: { kind: clientIdPart, default: DEFAULT_INSTANCE_NAME, java: 'instanceName' },
  unitName: { kind: clientIdPart, java: 'unitName' },
  unitMode: { kind: trueOrFalse, default: false, java: 'unitMode' },
  exclusiveInstanceName: { kind: trueOrFalse, default: false },
  streamRequestType: { kind: trueOrFalse, default: false, java: 'enableStreamRequestType' },
  zone: { kind: zoneKind, java: 'rocketmq.zone, rocketmq.zone.mode (system properties)' },
  clientIp: { kind: text('an IPv4 or IPv6 address', (ip) => isIP(ip) !== 0), java: 'clientIP' },
  credentials: { kind: credentials, isSecret: true, java: 'rpcHook (AclClientRPCHook)' },
  tls: { kind: tls, isSecret: true, java: 'useTLS' },
  socksProxy: { kind: socksProxy, isSecret: true, java: 'socksProxyConfig' },
  sendTimeoutMs: { kind: integer(1, DAY_MS), default: 3000, java: 'sendMsgTimeout' },
  attemptTimeoutMs: { kind: integer(1, DAY_MS), java: 'sendMsgMaxTimeoutPerRequest' },
  retries: { kind: integer(0, 100), default: 2, java: 'retryTimesWhenSendFailed' },
  retryableCodes: { kind: listOf('response codes', integer(1, 2 ** 31 - 1)), java: 'retryResponseCodes' },
  retryAnotherBrokerWhenNotStoreOk: {
    kind: trueOrFalse,
    default: false,
    java: 'retryAnotherBrokerWhenNotStoreOK',
  },
  latencyFaultTolerance: { kind: faultTolerance, default: false, java: 'sendLatencyFaultEnable' },
  compress: { members: compressOptions, orFalse: true, hasDefaults: true },
  createTopicKey: { kind: topic, default: 'TBW102', java: 'createTopicKey' },
  defaultTopicQueueNums: { kind: integer(1, 65_535), default: 4, java: 'defaultTopicQueueNums' },
  maxMessageBytes: { kind: integer(1, MAX_BODY_BYTES), default: 4 * MIB, java: 'maxMessageSize' },
  vipChannel: { kind: trueOrFalse, default: false, java: 'vipChannelEnabled' },
  hooks: { members: hookOptions },
  trace: { kind: traceKind, default: false, java: 'enableTrace, traceTopic, traceMsgBatchNum' },
  header: { kind: oneOf('json', 'binary') },
  warmUpTopics: { kind: listOf('topics', topic), default: [], java: 'topics' },
  mapBrokerAddress: { kind: callback<(address: string) => string>('a function from address to address') },
  routeRefreshMs: { kind: integer(100, DAY_MS), default: 30_000, java: 'pollNameServerInterval' },
  heartbeatMs: { kind: integer(100, MAX_HEARTBEAT_MS), default: 30_000, java: 'heartbeatBrokerInterval' },
  maxInFlight: { kind: integer(1, 1_000_000) },
  maxInFlightBytes: { kind: integer(1, 2 ** 30) },
  checkTransaction: {
    kind: callback<CheckTransaction>('a function from message and transaction to its end'),
    java: 'transactionListener',
  },
  transactionChecks: {
    members: {
      concurrency: { kind: integer(1, 10_000), default: 16, java: 'checkThreadPoolMaxSize' },
      timeoutMs: { kind: integer(1, DAY_MS), default: 10_000 },
      waiting: { kind: integer(1, 1_000_000), default: 2000, java: 'checkRequestHoldMax' },
    },
    hasDefaults: true,
  },
  logger: { kind: either(off, objectWith<Logger>('a logger', 'debug', 'info', 'warn', 'error')) },
  scheduler: { kind: objectWith<SchedulerLike>('an rxjs scheduler', 'now', 'schedule'), default: backgroundScheduler },
} as const satisfies { readonly [K in keyof ProducerConfig]-?: OptionTable[string] };

registerPlaces('the configuration of createProducer', producerOptions);

type CheckedConfig = Checked<typeof producerOptions>;

/** A configuration without problems, all defaults filled in. */
export interface ResolvedConfig
  extends Omit<CheckedConfig, 'nameServers' | 'logger' | 'trace' | 'zone' | keyof SealedSecrets>, SealedSecrets {
  /** `host:port` each; empty where `discovery` is there. */
  readonly nameServers: readonly string[];
  readonly discovery?: DiscoveryPlace | undefined;
  readonly logger: Logger;
  /** Where the functions of the configuration run: the context in which it was checked. */
  readonly callerContext: AsyncContext;
  /** Absent where neither the option nor the environment names one. */
  readonly zone?: Zone | undefined;
  /** Absent where nothing is traced. */
  readonly trace?: Filled<TraceOptions> | undefined;
}

/**
 * Checks a configuration and fills in the defaults. Throws a ConfigurationError that lists all problems at once
 * (RMQ_CONFIG_INVALID, or RMQ_NAME_SERVER_MISSING if that is the only one). Touches no network.
 */
export function checkConfig(config: unknown, what = 'producer configuration'): ResolvedConfig {
  const check = new OptionCheck(what);
  const taken = check.take(config, producerOptions);
  const { attemptTimeoutMs = 0, sendTimeoutMs } = taken;
  if (attemptTimeoutMs > sendTimeoutMs) {
    check.add(
      'attemptTimeoutMs',
      `is ${attemptTimeoutMs}, more than the ${sendTimeoutMs} of sendTimeoutMs for all attempts`,
    );
  }
  checkCompression(check, taken.compress);
  const { nameServers, discovery } = check.hasProblem('nameServers') ? NO_SERVERS : serversOf(taken, check);
  const namespace = taken.namespace ?? nameServers.map(namespaceOfAddress).find((name) => name !== undefined);
  if (namespace !== undefined && taken.group !== undefined && !isGroup(wrapNamespace(namespace, taken.group))) {
    check.add('group', `is too long with the namespace ${namespace} in front of it`);
  }
  if (taken.exclusiveInstanceName && taken.instanceName === DEFAULT_INSTANCE_NAME) {
    check.add(
      'exclusiveInstanceName',
      'needs an instanceName, because without one each producer has a name of its own',
    );
  }
  const { credentials: who, tls: trust, socksProxy: proxies, trace, zone: givenZone, ...others } = taken;
  const secrets = sealSecrets({ credentials: who, tls: trust, socksProxy: proxies }, check);
  check.assertNone();
  const hooks = givenHooks(config);
  const traced = tracing(trace);
  const zone = zoneOf(givenZone);
  const { mapBrokerAddress } = taken;
  const functions = [taken.logger, who, trust, hooks, mapBrokerAddress, taken.checkTransaction];
  // The context of whoever happens to configure a producer is not kept for nothing.
  const callerContext = functions.some(isCalled) ? new AsyncContext() : neutralContext;
  return Object.freeze({
    ...others,
    ...(namespace !== undefined && { namespace }),
    ...(hooks !== undefined && { hooks }),
    ...(traced !== undefined && { trace: traced }),
    ...(zone && { zone }),
    ...(discovery && { discovery }),
    ...secrets,
    nameServers,
    ...(mapBrokerAddress && { mapBrokerAddress: inContext(callerContext, mapBrokerAddress) }),
    logger: loggerOf(taken.logger, callerContext),
    callerContext,
  });
}

/** Whether the library may call it: a logger, hooks, a function; not credentials or TLS options that are given as they are. */
const isCalled = (given: unknown): boolean =>
  typeof given === 'function' || (isObject(given) && CALLED.some((name) => typeof given[name] === 'function'));

const CALLED: readonly string[] = ['warn', ...Object.keys(hookOptions)];

function loggerOf(given: Logger | false | undefined, context: CallbackContext): Logger {
  if (given === false) return silentLogger;
  return guardedLogger(given ?? createDefaultLogger(), given === undefined ? neutralContext : context);
}

type Servers = Pick<ResolvedConfig, 'nameServers' | 'discovery'>;

const NO_SERVERS: Servers = { nameServers: [] };

/** What is given; otherwise what the environment says. Nobody is asked whom neither of them names. */
function serversOf({ nameServers }: CheckedConfig, check: OptionCheck): Servers {
  if (isDiscoveryPlace(nameServers)) return { nameServers: [], discovery: { ...nameServers } };
  if (nameServers !== undefined) return { nameServers: parseNameServers(nameServers) };
  const addresses = environmentVariable('NAMESRV_ADDR');
  const domain = environmentVariable('ROCKETMQ_NAMESRV_DOMAIN');
  if (addresses !== '') {
    if (areAddresses(addresses)) return { nameServers: parseNameServers(addresses) };
    check.add('NAMESRV_ADDR', `in the environment is '${addresses}', it must be ${address.allowed}`);
  } else if (domain !== '') {
    const subgroup = environmentVariable('ROCKETMQ_NAMESRV_DOMAIN_SUBGROUP');
    const discovery = subgroup === '' ? { domain } : { domain, subgroup };
    if (isDiscoveryPlace(discovery)) return { nameServers: [], discovery };
    check.add('ROCKETMQ_NAMESRV_DOMAIN', `in the environment is '${domain}', it must be ${discoveryPlace.allowed}`);
  } else {
    const problem = 'are missing, and so are the environment variables NAMESRV_ADDR and ROCKETMQ_NAMESRV_DOMAIN';
    check.add('nameServers', problem, 'RMQ_NAME_SERVER_MISSING');
  }
  return NO_SERVERS;
}
