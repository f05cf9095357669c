/**
 * Route bodies: bytes → `TopicRouteData` and back. An entry that makes no sense is left out and does not spoil the
 * others; what a route without it is worth is decided in `route/`.
 */
import { isUtf8 } from 'node:buffer';
import { FRAME_LIMITS } from './frame-limits.js';
import { isJsonArray, isJsonObject, type JsonValue, parseRelaxedJson } from './relaxed-json.js';
import type { BrokerData, QueueData, TopicQueueMapping, TopicRouteData } from './route-data.js';
import { violation } from './violation.js';

/** What a route may contain. A single entry above a limit is left out; a body above its limit is refused. */
export const ROUTE_LIMITS = {
  bodyBytes: FRAME_LIMITS.routeBytes,
  /** Broker groups, queue entries and mappings each. */
  entries: 4096,
  /** Queues of one topic on one group of brokers. */
  queuesPerBroker: 16_384,
  addressesPerBroker: 256,
  json: { depth: 8, values: 50_000 },
} as const;

const INT32_MAX = 2 ** 31 - 1;
const MAX_PORT = 65_535;
const MAX_PERM = 15;

/** Parses a route in strict or in the legacy form. Throws RMQ_PROTOCOL_VIOLATION when it is no JSON object. */
export function parseRouteData(body: Buffer): TopicRouteData {
  if (body.length > ROUTE_LIMITS.bodyBytes) {
    throw violation('a route is larger than the limit', { limit: ROUTE_LIMITS.bodyBytes });
  }
  if (!isUtf8(body)) throw violation('a route is not UTF-8');
  const route = parseRelaxedJson(body.toString('utf8'), ROUTE_LIMITS.json);
  if (!isJsonObject(route)) throw violation('a route is not a JSON object');
  return {
    orderTopicConf: text(route.get('orderTopicConf')),
    queueDatas: validEntries(elements(route.get('queueDatas')), toQueueData),
    brokerDatas: validEntries(elements(route.get('brokerDatas')), toBrokerData),
    topicQueueMappings: new Map(
      validEntries(members(route.get('topicQueueMappingByBroker')), ([brokerName, mapping]) => {
        const valid = toMapping(mapping, brokerName);
        return valid && [brokerName, valid];
      }),
    ),
  };
}

function validEntries<Entry, Valid>(entries: readonly Entry[], toValid: (entry: Entry) => Valid | undefined): Valid[] {
  const valid: Valid[] = [];
  for (const entry of entries) {
    const one = toValid(entry);
    if (one !== undefined && valid.push(one) === ROUTE_LIMITS.entries) break;
  }
  return valid;
}

function toQueueData(entry: JsonValue): QueueData | undefined {
  if (!isJsonObject(entry)) return undefined;
  const brokerName = name(entry.get('brokerName'));
  const readQueueNums = integer(entry.get('readQueueNums'), ROUTE_LIMITS.queuesPerBroker);
  const writeQueueNums = integer(entry.get('writeQueueNums'), ROUTE_LIMITS.queuesPerBroker);
  const perm = integer(entry.get('perm'), MAX_PERM);
  // Before 4.9.0 the field was called topicSynFlag; nothing depends on it here.
  const topicSysFlag = integer(entry.get('topicSysFlag') ?? entry.get('topicSynFlag') ?? 0, INT32_MAX) ?? 0;
  if (brokerName === undefined || readQueueNums === undefined || writeQueueNums === undefined || perm === undefined) {
    return undefined;
  }
  return { brokerName, readQueueNums, writeQueueNums, perm, topicSysFlag };
}

function toBrokerData(entry: JsonValue): BrokerData | undefined {
  if (!isJsonObject(entry)) return undefined;
  const brokerName = name(entry.get('brokerName'));
  if (brokerName === undefined) return undefined;
  const brokerAddrs = new Map<number, string>();
  for (const [id, address] of members(entry.get('brokerAddrs'))) {
    const brokerId = key(id);
    if (brokerId === undefined || !isAddress(address)) continue;
    if (brokerAddrs.set(brokerId, address).size === ROUTE_LIMITS.addressesPerBroker) break;
  }
  const zoneName = text(entry.get('zoneName'));
  const cluster = text(entry.get('cluster')) ?? '';
  return { cluster, brokerName, brokerAddrs, ...(zoneName !== undefined && { zoneName }) };
}

function toMapping(entry: JsonValue, ofBroker: string): TopicQueueMapping | undefined {
  if (!isJsonObject(entry)) return undefined;
  const topic = name(entry.get('topic'));
  const scope = name(entry.get('scope'));
  const totalQueues = integer(entry.get('totalQueues'), ROUTE_LIMITS.queuesPerBroker);
  const epoch = integer(entry.get('epoch'), Number.MAX_SAFE_INTEGER);
  if (topic === undefined || scope === undefined || totalQueues === undefined || epoch === undefined) return undefined;
  const currIdMap = new Map<number, number>();
  for (const [logicalId, physicalId] of members(entry.get('currIdMap'))) {
    const id = integer(key(logicalId), totalQueues - 1);
    const physical = integer(physicalId, INT32_MAX);
    if (id !== undefined && physical !== undefined) currIdMap.set(id, physical);
  }
  return { topic, brokerName: name(entry.get('bname')) ?? ofBroker, scope, totalQueues, epoch, currIdMap };
}

function elements(value: JsonValue | undefined): readonly JsonValue[] {
  return isJsonArray(value) ? value : [];
}

function members(value: JsonValue | undefined): readonly (readonly [string, JsonValue])[] {
  return isJsonObject(value) ? [...value] : [];
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function name(value: JsonValue | undefined): string | undefined {
  return value === '' ? undefined : text(value);
}

function integer(value: JsonValue | undefined, max: number): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max ? value : undefined;
}

/** The number that a key stands for. */
function key(text: string): number | undefined {
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
}

/** `host:port`, the port behind the last colon; hosts without blanks, control and other characters. */
const ADDRESS = /^[\x21-\x7e]{1,255}:([0-9]{1,5})$/;

function isAddress(value: JsonValue): value is string {
  if (typeof value !== 'string') return false;
  const port = Number(ADDRESS.exec(value)?.[1] ?? 0);
  return port > 0 && port <= MAX_PORT;
}

/** The route in the strict form, keys in fastjson's order. */
export function encodeRouteData(route: TopicRouteData): Buffer {
  const { orderTopicConf, queueDatas, brokerDatas, topicQueueMappings } = route;
  const body = {
    brokerDatas: brokerDatas.map(({ brokerAddrs, brokerName, cluster, zoneName }) => ({
      brokerAddrs: Object.fromEntries(brokerAddrs),
      brokerName,
      cluster,
      enableActingMaster: false,
      zoneName,
    })),
    filterServerTable: {},
    ...(orderTopicConf !== undefined && { orderTopicConf }),
    queueDatas: queueDatas.map(({ brokerName, perm, readQueueNums, topicSysFlag, writeQueueNums }) => ({
      brokerName,
      perm,
      readQueueNums,
      topicSysFlag,
      writeQueueNums,
    })),
    ...(topicQueueMappings.size > 0 && { topicQueueMappingByBroker: encodeMappings(topicQueueMappings) }),
  };
  return Buffer.from(JSON.stringify(body));
}

function encodeMappings(mappings: ReadonlyMap<string, TopicQueueMapping>): object {
  return Object.fromEntries(
    [...mappings].map(([ofBroker, { brokerName, currIdMap, epoch, scope, topic, totalQueues }]) => [
      ofBroker,
      { bname: brokerName, currIdMap: Object.fromEntries(currIdMap), dirty: false, epoch, scope, topic, totalQueues },
    ]),
  );
}
