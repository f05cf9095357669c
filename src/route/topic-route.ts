/**
 * Makes of a route as it is on the wire what a producer needs: the queues that can be written and the addresses of the
 * masters. It asks nobody and remembers nothing.
 * Source: MQClientInstance.topicRouteData2TopicPublishInfo, DefaultMQProducerImpl.tryToFindTopicPublishInfo (5.5.0).
 */
import type { MessageQueue } from '../protocol/message-queue.js';
import { ROUTE_LIMITS } from '../protocol/parse-route-data.js';
import { MASTER_ID, PERM_WRITE, type TopicQueueMapping, type TopicRouteData } from '../protocol/route-data.js';

/** Where the messages of one topic can go. Never changes: a route that changed is a new object. */
export interface TopicRoute {
  readonly topic: string;
  /**
   * The queues that can be written, by broker name and queue id, or as the topic's order configuration lists them; those of
   * a static topic by id, each with the broker that hosts it now.
   * A queue that was in the route before is the same object.
   */
  readonly queues: readonly MessageQueue[];
  /** The address of each broker's master, by broker name. */
  readonly brokers: ReadonlyMap<string, string>;
  /**
   * The topic does not exist yet: these are the queues it would have on the brokers of the default topic, and the first
   * message to each broker makes it. **The real route may have other queues.**
   */
  readonly isProvisional: boolean;
  /** A topic with a fixed number of queues that move between brokers (5.x): **queues are known by their ids alone**. */
  readonly isStatic?: boolean | undefined;
  /** The master's address of one broker; `undefined` while it has none. */
  addressOf(brokerName: string): string | undefined;
}

export interface TopicRouteContext {
  readonly topic: string;
  readonly isProvisional: boolean;
  /** The route known so far: what has not changed is taken over from it. */
  readonly previous: TopicRoute | undefined;
  /** What an address of a route is here; `undefined` for one that must not be used. */
  readonly mapAddress: (address: string) => string | undefined;
}

/** All queues of a route together, so that a route of nonsense does not fill the memory. */
const MAX_QUEUES = 65_536;

/** The queues 0 to `count` − 1 of one broker. */
interface QueueRange {
  readonly brokerName: string;
  readonly count: number;
}

/** The route that `data` stands for; `previous` itself when that says the same. It may have no queues at all. */
export function toTopicRoute(data: TopicRouteData, context: TopicRouteContext): TopicRoute {
  const { topic, isProvisional, previous, mapAddress } = context;
  const brokers = masterAddresses(data, mapAddress);
  if (data.orderTopicConf === undefined && data.topicQueueMappings.size > 0) {
    const mappings = [...data.topicQueueMappings.values()];
    const queues = staticQueues(topic, mappings, previous?.queues ?? []);
    return asBefore({ topic, queues, brokers, isProvisional, isStatic: true }, previous);
  }
  const ordered = orderedRanges(data.orderTopicConf ?? '');
  const ranges = ordered.length > 0 ? ordered : writableRanges(data, brokers);
  const queues = toQueues(topic, ranges, previous?.isStatic === true ? [] : (previous?.queues ?? []));
  return asBefore({ topic, queues, brokers, isProvisional }, previous);
}

function asBefore(route: Omit<TopicRoute, 'addressOf'>, previous: TopicRoute | undefined): TopicRoute {
  const { queues, brokers, isProvisional, isStatic } = route;
  if (previous !== undefined && previous.isProvisional === isProvisional && previous.isStatic === isStatic) {
    if (hasSameQueues(previous.queues, queues) && hasSameAddresses(previous.brokers, brokers)) return previous;
  }
  return { ...route, addressOf: (brokerName) => brokers.get(brokerName) };
}

/** What a topic that does not exist would look like, made of the default topic's route. */
export function toProvisionalData(defaultTopic: TopicRouteData, defaultTopicQueueNums: number): TopicRouteData {
  const queueDatas = defaultTopic.queueDatas.map((queueData) => {
    const count = Math.min(defaultTopicQueueNums, queueData.readQueueNums);
    return { ...queueData, readQueueNums: count, writeQueueNums: count };
  });
  return { ...defaultTopic, queueDatas };
}

function masterAddresses(
  { brokerDatas }: TopicRouteData,
  mapAddress: (address: string) => string | undefined,
): ReadonlyMap<string, string> {
  const addresses = new Map<string, string>();
  for (const { brokerName, brokerAddrs } of brokerDatas) {
    const master = brokerAddrs.get(MASTER_ID);
    const address = master === undefined || addresses.has(brokerName) ? undefined : mapAddress(master);
    if (address !== undefined) addresses.set(brokerName, address);
  }
  return addresses;
}

function writableRanges({ queueDatas }: TopicRouteData, brokers: ReadonlyMap<string, string>): readonly QueueRange[] {
  return queueDatas
    .filter(({ brokerName, perm }) => (perm & PERM_WRITE) !== 0 && brokers.has(brokerName))
    .map(({ brokerName, writeQueueNums }) => ({ brokerName, count: writeQueueNums }))
    .sort((a, b) => (a.brokerName < b.brokerName ? -1 : a.brokerName > b.brokerName ? 1 : 0));
}

/**
 * `broker-a:4;broker-b:4`. Such a topic keeps its queues whatever becomes of its brokers, because the keys of its
 * messages belong to them: neither permission nor master is looked at. Pieces that make no sense are left out. Linear in
 * the text, which is a name server's: one pattern for a whole piece would try each of its blanks as the start of a name.
 */
function orderedRanges(orderTopicConf: string): readonly QueueRange[] {
  return orderTopicConf.split(';').flatMap((piece) => {
    const colon = piece.indexOf(':');
    const brokerName = piece.slice(0, Math.max(colon, 0)).trimStart();
    const digits = piece.slice(colon + 1).trimEnd();
    const count = /^\d{1,15}$/.test(digits) ? Number(digits) : Number.NaN;
    return brokerName !== '' && count <= ROUTE_LIMITS.queuesPerBroker ? [{ brokerName, count }] : [];
  });
}

/** Where nobody hosts a queue, Java names this broker, whose address is never known. */
const NO_HOST = '__syslo__none__';

/**
 * All logical queues of a static topic; of several brokers that say they host one, that of the latest epoch. Java shows
 * selectors a made-up broker instead (`__syslo____global__`); here it is the real one, as in Java's results, so that a
 * retry can pass over it.
 * Source: ClientMetadata.topicRouteData2EndpointsForStaticTopic (5.5.0).
 */
function staticQueues(
  topic: string,
  mappings: readonly TopicQueueMapping[],
  previous: readonly MessageQueue[],
): readonly MessageQueue[] {
  const hosts = new Map<number, string>();
  for (const { currIdMap, brokerName } of mappings.toSorted((a, b) => b.epoch - a.epoch)) {
    for (const queueId of currIdMap.keys()) if (!hosts.has(queueId)) hosts.set(queueId, brokerName);
  }
  const count = Math.max(...mappings.map(({ totalQueues }) => totalQueues));
  return Array.from({ length: count }, (_, queueId) => {
    const brokerName = hosts.get(queueId) ?? NO_HOST;
    const known = previous[queueId];
    return known?.brokerName === brokerName && known.queueId === queueId ? known : { topic, brokerName, queueId };
  });
}

function toQueues(
  topic: string,
  ranges: readonly QueueRange[],
  previous: readonly MessageQueue[],
): readonly MessageQueue[] {
  const known = groupByBroker(previous);
  const seen = new Set<string>();
  const queues: MessageQueue[] = [];
  for (const { brokerName, count } of ranges) {
    if (seen.has(brokerName) || queues.length + count > MAX_QUEUES) continue;
    seen.add(brokerName);
    for (let queueId = 0; queueId < count; queueId++) {
      queues.push(known.get(brokerName)?.[queueId] ?? { topic, brokerName, queueId });
    }
  }
  return queues;
}

/** Every broker's queues begin with 0 and have no gap, so that the index in its list is the queue id. */
function groupByBroker(queues: readonly MessageQueue[]): ReadonlyMap<string, readonly MessageQueue[]> {
  const groups = new Map<string, MessageQueue[]>();
  for (const queue of queues) {
    const group = groups.get(queue.brokerName);
    if (group === undefined) groups.set(queue.brokerName, [queue]);
    else group.push(queue);
  }
  return groups;
}

function hasSameQueues(before: readonly MessageQueue[], after: readonly MessageQueue[]): boolean {
  return before.length === after.length && before.every((queue, index) => queue === after[index]);
}

function hasSameAddresses(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): boolean {
  return before.size === after.size && [...before].every(([brokerName, address]) => after.get(brokerName) === address);
}
