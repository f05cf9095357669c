/** Routes to test with: recorded ones, and made ones that say only what a test is about. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MessageQueue } from '../../../src/protocol/message-queue.js';
import { parseRouteData } from '../../../src/protocol/parse-route-data.js';
import type { TopicRouteData } from '../../../src/protocol/route-data.js';

export interface SampleBroker {
  readonly name: string;
  /** Read and write queues. */
  readonly queues?: number;
  readonly writeQueues?: number;
  readonly perm?: number;
  /** `null`: the group has no master. */
  readonly master?: string | null;
}

/** A route over these brokers, in the order given. */
export function sampleRoute(...brokers: readonly SampleBroker[]): TopicRouteData {
  return {
    orderTopicConf: undefined,
    queueDatas: brokers.map(({ name, queues = 4, writeQueues = queues, perm = 6 }) => ({
      brokerName: name,
      readQueueNums: queues,
      writeQueueNums: writeQueues,
      perm,
      topicSysFlag: 0,
    })),
    brokerDatas: brokers.map(({ name, master = `${name}:10911` }) => ({
      cluster: 'c',
      brokerName: name,
      brokerAddrs: new Map([...(master === null ? [] : [[0, master] as const]), [1, `${name}-slave:10911`] as const]),
    })),
    topicQueueMappings: new Map(),
  };
}

/** The route in the n-th answer with a body of a recording. */
export function recordedRoute(file: string, index = 0): TopicRouteData {
  const path = join(__dirname, '..', '..', 'golden', '5.5.0', file);
  const { frames } = JSON.parse(readFileSync(path, 'utf8')) as { frames: { dir: string; bodyHex: string }[] };
  const bodies = frames.filter(({ dir, bodyHex }) => dir === 's2c' && bodyHex !== '').map(({ bodyHex }) => bodyHex);
  return parseRouteData(Buffer.from(bodies[index] ?? '', 'hex'));
}

/** `broker/queue id` of each queue. */
export const told = (queues: readonly MessageQueue[]): readonly string[] =>
  queues.map(({ brokerName, queueId }) => `${brokerName}/${queueId}`);
