/**
 * A RocketMQ cluster inside this process: a name server and brokers on loopback ports, for tests, examples and demos.
 * It wires the parts together; what each of them does is theirs.
 */
import { concat, defer, filter, merge, mergeMap, type Observable } from 'rxjs';
import { createError } from '../errors/rocketmq-error.js';
import { assertGiven } from '../options/check-options.js';
import type { StoredMessage } from '../protocol/stored-message.js';
import { AccessControl, type AccessUser } from './access-control.js';
import { type Broker, createBroker } from './embedded-broker.js';
import { createNameServer, type NameServer } from './embedded-name-server.js';
import { createProxy } from './embedded-proxy.js';
import type { ServerControls } from './embedded-server.js';
import type { TransactionOptions } from './half-messages.js';
import type { QueueType } from './batch-record.js';
import { logicalQueueOf } from './logical-queue.js';
import type { TopicType } from './message-type.js';
import { type ReadMessage, toReadMessages } from './read-message.js';
import type { ServerTlsOptions } from './embedded-tls.js';
import { type AnswerHeader, type ReleaseName, serverRelease } from './server-release.js';
import { placeLogicalQueues } from './static-topic.js';
import { assertArguments, clusterOptions, topicOptions } from './testing-options.js';
import { PERM } from './topic-table.js';

export interface EmbeddedClusterOptions {
  /** How many brokers, at least 1, all masters: `broker-a`, `broker-b`, … Default 1. */
  readonly brokers?: number | undefined;
  /**
   * Queues of the default topic (TBW102). A topic that is created by sending to it gets as many per broker, but never
   * more than the producer asks for (4 unless configured there). Default 8, as on real brokers.
   */
  readonly queues?: number | undefined;
  /** Whether sending to an unknown topic creates it. Default true, as on real brokers. */
  readonly autoCreateTopics?: boolean | undefined;
  /** Which release to behave as: codes, remarks, header encoding, what is added to stored messages. Default 5.5.0. */
  readonly release?: ReleaseName | undefined;
  /** Encoding of the answers; default: as the release does it, JSON for 5.5.0, the request's for 4.9.7. */
  readonly header?: AnswerHeader | undefined;
  /** The version (MQVersion ordinal) told in answers; default: the release's. */
  readonly version?: number | undefined;
  /**
   * Who the brokers, and the proxy, let in; all others are refused as the release does it (ACL 1.0 of 4.9.7, ACL 2.0 of
   * 5.5.0). Default: everybody. Name servers check nothing, as real ones.
   */
  readonly users?: readonly AccessUser[] | undefined;
  /** Whether timer messages can be recalled (recallMessageEnable; 5.5.0 only). Default false, as on real brokers. */
  readonly recallMessages?: boolean | undefined;
  /** Whether messages of lite topics get their offset in a light queue (enableLmq, enableMultiDispatch; 5.5.0 only). Default false. */
  readonly lightQueues?: boolean | undefined;
  /** TLS on the ports of all servers. Default: plain text only. */
  readonly tls?: ServerTlsOptions | undefined;
  /** Largest body that is taken. Default 4 MiB. */
  readonly maxMessageBytes?: number | undefined;
  /**
   * False keeps of each message only the unique key, for runs of millions of messages: about 100 bytes each. Default
   * true: **memory grows with everything that is sent.**
   */
  readonly storeBodies?: boolean | undefined;
  /** Whether brokers listen on a second port too, two below the first, as real ones do. Default false. */
  readonly vipChannel?: boolean | undefined;
  /**
   * Where the brokers say they are, by their names (`ROCKETMQ_ZONE`; 5.5.0 only): the name server shows clients in zone
   * mode those of their zone. Default: they say nothing.
   */
  readonly zones?: Readonly<Record<string, string>> | undefined;
  /** Whether there is a 5.x proxy before the brokers, for its remoting protocol. Default false. */
  readonly proxy?: boolean | undefined;
  /** When brokers ask about transactions that were not ended. */
  readonly transactions?: TransactionOptions | undefined;
}

export interface TopicOptions {
  /** Queues on each broker, for reading and writing. Default 8. */
  readonly queues?: number | undefined;
  /** 6 read and write (default), 4 read only, 2 write only. It shapes the route; as real ones, brokers do not insist. */
  readonly perm?: number | undefined;
  /** What kind of messages the topic is for. Brokers do not insist, proxies do. Default NORMAL. */
  readonly type?: TopicType | undefined;
  /** `queue.type`: with BatchCQ brokers of 5.x store a batch as one record. Default SimpleCQ: as its messages. */
  readonly queueType?: QueueType | undefined;
  /**
   * `cleanup.policy`: with COMPACTION brokers of 5.x refuse a message without keys, and acknowledge one in a batch that
   * nobody can read afterwards. Messages are not compacted here. Default DELETE.
   */
  readonly cleanupPolicy?: 'DELETE' | 'COMPACTION' | undefined;
}

/** The name server of an embedded cluster. */
export interface EmbeddedNameServer extends ServerControls {
  /** Forgets all brokers, like a name server that was restarted: every route is missing until `refill`. */
  empty(): void;
  /** All live brokers register again. */
  refill(): void;
}

/** A producer as one broker knows it. */
export interface ConnectedProducer {
  readonly brokerName: string;
  readonly clientId: string;
  /** The client's end of the connection, `host:port`. */
  readonly address: string;
}

/** A cluster in this process. All of it may be used while messages are being sent. */
export interface EmbeddedCluster extends AsyncDisposable {
  /** The address to configure clients with. */
  readonly nameServers: string;
  readonly nameServer: EmbeddedNameServer;
  readonly brokers: readonly [ServerControls, ...ServerControls[]];
  /** Its `address` takes the place of `nameServers` for clients that go through it; only with the option `proxy`. */
  readonly proxy: ServerControls | undefined;
  /** Creates a topic on every broker, or changes its settings; what is stored stays. */
  createTopic(topic: string, options?: TopicOptions): void;
  /**
   * Lets one more user in, or gives the one with this access key another secret and other topics. Throws
   * RMQ_CONFIG_INVALID where `users` was not given, and so everybody is let in.
   */
  setUser(user: AccessUser): void;
  /**
   * Creates a static topic, as of 5.x, or moves its queues: `hosts` names the broker of each logical queue. A queue that
   * moves goes on at the new broker with higher offsets, behind a gap; what it holds stays where it is, and in the queue.
   */
  placeStaticTopic(topic: string, hosts: readonly string[]): void;
  /** The producers of a group as the brokers know them from their heartbeats. */
  producers(group: string): readonly ConnectedProducer[];
  /** How many messages of a topic are stored. */
  count(topic: string): number;
  /** What is stored of a topic: by broker, queue and offset. */
  messages(topic: string): ReadMessage[];
  /** What is stored of a topic, then what is stored from now on, as it happens. It never completes. */
  messages$(topic: string): Observable<ReadMessage>;
  /** Resets all connections and frees the ports. What was stored can still be read here. */
  close(): Promise<void>;
}

const DEFAULT_QUEUES = 8;
const DEFAULT_MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/**
 * Starts a cluster and resolves when it serves. Close it when done: it keeps the process alive.
 *
 * ```ts
 * const cluster = await startEmbeddedCluster({ brokers: 2 });
 * const producer = createProducer({ nameServers: cluster.nameServers, group: 'orders' });
 * await producer.send({ topic: 'orders', body: 'hello' });
 * console.log(cluster.messages('orders')[0]?.body.toString());
 * await producer.shutdown();
 * await cluster.close();
 * ```
 *
 * Not there: consumer groups.
 */
export async function startEmbeddedCluster(options: EmbeddedClusterOptions = {}): Promise<EmbeddedCluster> {
  assertGiven('options of startEmbeddedCluster', options, clusterOptions);
  const { nameServer, brokers, access } = createServers(options);
  const [firstBroker, ...otherBrokers] = brokers.map((broker) => broker.server);
  if (firstBroker === undefined) throw createError('RMQ_CONFIG_INVALID', 'an embedded cluster has at least one broker');
  const proxy = options.proxy === true ? createProxy(nameServer.state, brokers, access) : undefined;
  const servers = [nameServer.server, firstBroker, ...otherBrokers, ...(proxy === undefined ? [] : [proxy])];
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.kill()));
  };
  try {
    for (const server of servers) await server.restart();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    nameServers: nameServer.server.address,
    nameServer: Object.assign(nameServer.server, {
      empty: () => nameServer.state.forgetAll(),
      refill: () => {
        for (const { server, state } of brokers) if (server.isListening) state.register();
      },
    }),
    brokers: [firstBroker, ...otherBrokers],
    proxy,
    createTopic(topic, options = {}) {
      assertArguments('createTopic', { topic });
      assertGiven('options of createTopic', options, topicOptions);
      const { queues = DEFAULT_QUEUES, perm = PERM.readWrite, type, queueType, cleanupPolicy } = options;
      const isCompacted = cleanupPolicy === 'COMPACTION';
      const config = { topic, readQueues: queues, writeQueues: queues, perm, type, queueType, isCompacted };
      for (const { state } of brokers) state.topics.set(config);
    },
    setUser(user) {
      if (access === undefined) throw createError('RMQ_CONFIG_INVALID', 'this cluster has no access control (users)');
      access.set(user);
    },
    placeStaticTopic(topic, hosts) {
      assertArguments('placeStaticTopic', { topic, hosts });
      placeStaticTopic(brokers, topic, hosts);
    },
    producers(group) {
      assertArguments('producers', { group });
      return brokers.flatMap(({ server, state }) =>
        state.clients.membersOf(group).map((member) => ({ brokerName: server.name, ...member })),
      );
    },
    count(topic) {
      assertArguments('count', { topic });
      return brokers.reduce((sum, { state }) => sum + state.store.count(topic), 0);
    },
    messages(topic) {
      assertArguments('messages', { topic });
      return storedMessages(brokers, topic);
    },
    messages$(topic) {
      assertArguments('messages$', { topic });
      const stored$ = defer(() => storedMessages(brokers, topic));
      // No gap between the two: nothing is stored while what is stored is emitted in one go.
      return concat(stored$, newMessages$(brokers, topic));
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface Servers {
  readonly nameServer: NameServer;
  readonly brokers: readonly Broker[];
  readonly access: AccessControl | undefined;
}

function createServers(options: EmbeddedClusterOptions): Servers {
  const { brokers = 1, queues = DEFAULT_QUEUES, autoCreateTopics = true, storeBodies = true } = options;
  const release = serverRelease(options.release ?? '5.5.0', options);
  const access = options.users && new AccessControl(options.users, release);
  const nameServer = createNameServer(release, options.tls);
  const createOne = (_: unknown, index: number): Broker => {
    const name = `broker-${LETTERS[index] ?? index}`;
    return createBroker({
      name,
      release,
      nameServer: nameServer.state,
      defaultTopicQueues: autoCreateTopics ? queues : undefined,
      maxMessageBytes: options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES,
      recallsMessages: options.recallMessages ?? false,
      keepsLightQueues: options.lightQueues ?? false,
      storeBodies,
      hasVipChannel: options.vipChannel ?? false,
      access,
      tls: options.tls,
      transactions: options.transactions,
      zone: options.zones?.[name],
    });
  };
  return { nameServer, access, brokers: Array.from({ length: brokers }, createOne) };
}

function placeStaticTopic(brokers: readonly Broker[], topic: string, hosts: readonly string[]): void {
  const names = new Set(brokers.map(({ server }) => server.name));
  const stranger = hosts.find((host) => !names.has(host));
  if (stranger !== undefined) throw createError('RMQ_CONFIG_INVALID', `there is no broker ${stranger} in the cluster`);
  placeLogicalQueues(
    topic,
    hosts,
    brokers.map(({ state }) => state),
  );
}

/** What the records of one broker are to who reads them. */
function reader({ server: { name: brokerName } }: Broker, brokers: readonly Broker[], topic: string) {
  const states = brokers.map(({ state }) => state);
  return (stored: StoredMessage): ReadMessage[] => {
    const logical = logicalQueueOf(states, topic, { brokerName, queueId: stored.queueId });
    if (logical === undefined) return toReadMessages(stored, brokerName);
    const queueOffset = stored.queueOffset + BigInt(logical.begins);
    return toReadMessages({ ...stored, queueId: logical.queueId, queueOffset }, brokerName);
  };
}

function storedMessages(brokers: readonly Broker[], topic: string): ReadMessage[] {
  return brokers.flatMap((broker) =>
    Array.from(broker.state.store.messages(topic), reader(broker, brokers, topic)).flat(),
  );
}

function newMessages$(brokers: readonly Broker[], topic: string): Observable<ReadMessage> {
  const each = brokers.map((broker) =>
    broker.state.store.stored$.pipe(
      filter((stored) => stored.topic === topic),
      mergeMap(reader(broker, brokers, topic)),
    ),
  );
  return merge(...each);
}
