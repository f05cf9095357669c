/** The embedded cluster as a target of the conformance suite. It knows no capability. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type EmbeddedCluster,
  type ReadOptions,
  type ReleaseName,
  startEmbeddedCluster,
  type TopicType,
} from '../../src/testing/index.js';
import { createProducer } from '../../src/index.js';
import type { Arrival } from './arrivals.js';
import { type ProfileName, profiles } from './profiles.js';
import { readAll } from './read-all.js';
import type { ConformanceTarget, QueuePlace, StoredMessage } from './target.js';
import { traceLinesIn, traceRecordsIn } from './tracing.js';

/** How long an embedded broker refuses before it is gone. */
const LEAVING_MS = 2000;

/** Starts what the profile says. */
export async function startEmbedded(profile: ProfileName, release: ReleaseName): Promise<EmbeddedCluster> {
  const { brokers, embedded, prepareEmbedded } = profiles[profile];
  const cluster = await startEmbeddedCluster({ ...embedded?.(release), brokers, release });
  prepareEmbedded?.(cluster, release);
  return cluster;
}

/** `reader` says how what is stored is read. */
export function embeddedTarget(
  cluster: EmbeddedCluster,
  release: ReleaseName,
  reader: ReadOptions = {},
): ConformanceTarget {
  const queuesOf = new Map<string, number>();
  const watched = new Map<string, Arrival[]>();
  const brokers = new Map(cluster.brokers.map(({ name, address }) => [name, address]));
  return {
    release,
    nameServers: cluster.proxy?.address ?? cluster.nameServers,
    brokers,
    createTopic: async (topic, queues, { perm, attributes = {} } = {}) => {
      queuesOf.set(topic, queues);
      const type = attributes['message.type'];
      const queueType = attributes['queue.type'];
      const isCompacted = attributes['cleanup.policy'] === 'COMPACTION' && release === '5.5.0';
      cluster.createTopic(topic, {
        queues,
        ...(perm === undefined ? {} : { perm }),
        ...(isTopicType(type) && { type }),
        ...(queueType === 'BatchCQ' && release === '5.5.0' && { queueType }),
        ...(isCompacted && { cleanupPolicy: 'COMPACTION' }),
      });
    },
    allowSending: async (user, ...topics) => cluster.setUser({ ...user, topics }),
    readBack: async (topics) => {
      const stored: StoredMessage[] = [];
      for (const topic of topics) stored.push(...(await readAll(cluster.nameServers, topic, reader)));
      return stored;
    },
    producersOf: async (_topic, group) => {
      const found = cluster.producers(group);
      return found.filter(({ brokerName }) => brokerName === found[0]?.brokerName);
    },
    readInNamespace: async (namespace, topic) =>
      cluster.messages(`${namespace}%${topic}`).map(({ msgId }) => ({ topic, msgId })),
    createStaticTopic: async (topic, queues, names) => {
      queuesOf.set(topic, queues);
      cluster.placeStaticTopic(topic, spread(queues, names));
    },
    moveStaticTopic: async (topic, names) => {
      cluster.placeStaticTopic(topic, spread(queuesOf.get(topic) ?? 0, names));
    },
    readStaticTopic: async (topic) => readAll(cluster.nameServers, topic, reader),
    shutDownBroker: async (name) => {
      const broker = cluster.brokers.find((one) => one.name === name);
      broker?.goAway();
      await delay(LEAVING_MS);
      await broker?.kill();
    },
    startBroker: async (name) => {
      await cluster.brokers.find((one) => one.name === name)?.restart();
    },
    tracesOf: async (traceTopic, msgId) =>
      cluster
        .messages(traceTopic)
        .filter(({ keys }) => keys.includes(msgId))
        .flatMap(({ body }) => traceLinesIn(body.toString(), msgId)),
    traceRecordsOf: async (traceTopic, msgId) =>
      cluster
        .messages(traceTopic)
        .filter(({ keys }) => keys.includes(msgId))
        .flatMap(({ body }) => traceRecordsIn(body.toString(), msgId)),
    placementOf: async (topic, shardingKeys) => {
      const ids = [...Array(queuesOf.get(topic)).keys()];
      const places = [...brokers.keys()]
        .sort()
        .flatMap((brokerName) => ids.map((queueId) => ({ brokerName, queueId })));
      return shardingKeys.map((key) => placeOf(key, places));
    },
    answerRequests: async (topic, namespace) => {
      const replier = createProducer({
        nameServers: cluster.nameServers,
        group: `answers_${topic}`,
        ...inNamespace(namespace),
        logger: false,
      });
      cluster.messages$(namespace === undefined ? topic : `${namespace}%${topic}`).subscribe((request) => {
        replier.reply(request, `re: ${request.body.toString()}`).catch(() => undefined);
      });
    },
    ask: async (topic, body, timeoutMs, namespace) => {
      const requester = createProducer({
        nameServers: cluster.nameServers,
        group: `asks_${topic}`,
        ...inNamespace(namespace),
        logger: false,
      });
      try {
        return Buffer.from((await requester.request({ topic, body }, { timeoutMs })).body).toString();
      } finally {
        await requester.shutdown();
      }
    },
    watch: async (topic) => {
      const arrived: Arrival[] = [];
      watched.set(topic, arrived);
      cluster.messages$(topic).subscribe(({ msgId, body }) => {
        arrived.push({ msgId, arrivedAt: Date.now(), body: body.toString() });
      });
    },
    arrivals: async (topic) => watched.get(topic) ?? [],
  };
}

const inNamespace = (namespace: string | undefined) => (namespace === undefined ? {} : { namespace });

const TOPIC_TYPES: readonly string[] = ['NORMAL', 'FIFO', 'DELAY', 'TRANSACTION', 'PRIORITY', 'LITE', 'MIXED'];

const isTopicType = (type: string | undefined): type is TopicType => type !== undefined && TOPIC_TYPES.includes(type);

const spread = (queues: number, names: readonly string[]): string[] =>
  Array.from({ length: queues }, (_, id) => names[id % names.length] ?? '');

/** Java's SelectMessageQueueByHash, written down a second time; on real clusters Java itself is asked. */
function placeOf(key: string, places: readonly QueuePlace[]): QueuePlace {
  let hash = 0;
  for (let at = 0; at < key.length; at++) hash = (Math.imul(31, hash) + key.charCodeAt(at)) | 0;
  const place = places[Math.abs(hash % places.length)];
  if (place === undefined) throw new Error('the topic has no queues');
  return place;
}
