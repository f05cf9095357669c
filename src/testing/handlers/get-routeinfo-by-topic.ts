/**
 * GET_ROUTEINFO_BY_TOPIC (105) at the name server: which live brokers have how many queues of a topic.
 * Source: ClientRequestProcessor.java (5.5.0), DefaultRequestProcessor.java (4.9.7).
 */
import { getRouteInfo } from '../../protocol/requests/get-route-info.js';
import { ResponseCode } from '../../protocol/response-codes.js';
import { type BrokerData, MASTER_ID, type QueueData, type TopicQueueMapping } from '../../protocol/route-data.js';
import { CLUSTER_NAME } from '../broker-state.js';
import type { NameServerState } from '../name-server-state.js';
import { handler } from './handler.js';

/** V4_9_4: from here on clients understand strict JSON, and are given it. */
const STRICT_JSON_VERSION = 401;

export const getRouteinfoByTopic = handler(
  getRouteInfo,
  (request, nameServer: Pick<NameServerState, 'release' | 'brokers'>, sender) => {
    const queueDatas: QueueData[] = [];
    const brokerDatas: BrokerData[] = [];
    const topicQueueMappings = new Map<string, TopicQueueMapping>();
    // Backwards, because real ones answer in the order of a hash table: nobody may take it for sorted.
    for (const { name: brokerName, address, topics, zone: zoneName } of [...nameServer.brokers].toReversed()) {
      const topic = topics.get(request.topic);
      if (topic === undefined) continue;
      const { readQueues: readQueueNums, writeQueues: writeQueueNums, perm, mapping } = topic;
      if (mapping !== undefined) topicQueueMappings.set(brokerName, mapping);
      queueDatas.push({ brokerName, readQueueNums, writeQueueNums, perm, topicSysFlag: 0 });
      const brokerAddrs = new Map([[MASTER_ID, address]]);
      brokerDatas.push({ cluster: CLUSTER_NAME, brokerName, brokerAddrs, zoneName });
    }
    const { release } = nameServer;
    if (brokerDatas.length === 0) {
      return {
        code: ResponseCode.TOPIC_NOT_EXIST,
        remark: `No topic route info in name server for the topic: ${request.topic}${release.helpLink}`,
      };
    }
    const route = { orderTopicConf: undefined, queueDatas, brokerDatas, topicQueueMappings };
    const { body, ...answer } = getRouteInfo.response(route);
    const isStrict = request.acceptStandardJsonOnly === true || sender.clientVersion >= STRICT_JSON_VERSION;
    return { ...answer, body: Buffer.from(asWritten(String(body), release.major, isStrict)) };
  },
);

/** 4.x knows no acting masters; and fastjson writes the numeric keys of the addresses without quotes unless asked. */
function asWritten(route: string, major: 4 | 5, isStrict: boolean): string {
  const known = major === 4 ? route.replaceAll(',"enableActingMaster":false', '') : route;
  return isStrict ? known : withBareKeys(known);
}

/** A route in the form of old name servers. */
export function withBareKeys(route: string): string {
  return route.replaceAll(/"(\d+)":"/g, '$1:"');
}
