/**
 * What the conformance suite needs of something that calls itself RocketMQ: real clusters and the embedded broker are
 * targets alike. How messages get there is not the target's business.
 */
import type { ReleaseName } from '../../src/testing/index.js';
import type { ArrivalVerbs } from './arrivals.js';
import type { ClientVerbs } from './client-verbs.js';
import type { RequestVerbs } from './request-verbs.js';
import type { StaticTopicVerbs } from './static-topic-verbs.js';
import type { TracingTarget } from './tracing.js';

/** One message as it lies in a queue, told by somebody who took no part in sending it. */
export interface StoredMessage {
  readonly topic: string;
  readonly brokerName: string;
  readonly queueId: number;
  readonly queueOffset: bigint;
  readonly offsetMsgId: string;
  /** The unique key. */
  readonly msgId: string;
  /** All of them, those of the broker included. */
  readonly properties: Readonly<Record<string, string>>;
  readonly flag: number;
  readonly sysFlag: number;
  /** Milliseconds since 1970. */
  readonly bornAt: number;
  /** Of the body as it was before compression. */
  readonly bodyLength: number;
  readonly bodySha256: string;
}

export interface QueuePlace {
  readonly brokerName: string;
  readonly queueId: number;
}

export interface TopicSettings {
  /** As of `updateTopic -a`, without the plus: `{ 'message.type': 'DELAY' }`. Brokers of 4.x have none and ignore them. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** 6 read and write (default), 4 read only, 2 write only. */
  readonly perm?: number;
}

/** Each verb is done by the official Java client on real clusters, and by the embedded cluster's own means there. */
export interface ConformanceTarget extends ArrivalVerbs, ClientVerbs, RequestVerbs, StaticTopicVerbs, TracingTarget {
  readonly release: ReleaseName;
  readonly nameServers: string;
  /** Address by name of the brokers. */
  readonly brokers: ReadonlyMap<string, string>;
  /** On every broker, with so many queues on each; called again with another number it changes the topic. */
  createTopic(topic: string, queues: number, settings?: TopicSettings): Promise<void>;
  /** Lets a user send to these topics and nothing else; a known user gets this secret. Only with access control. */
  allowSending(user: { readonly accessKey: string; readonly secretKey: string }, ...topics: string[]): Promise<void>;
  /** Everything in the topics, once the queues have stopped growing. */
  readBack(topics: readonly string[]): Promise<StoredMessage[]>;
  /** Shuts a broker down as its operator would, and resolves when it is gone; until then it may refuse whatever comes. */
  shutDownBroker(name: string): Promise<void>;
  /** Starts a broker that is gone again, with what it had stored; resolves when it is in the routes. */
  startBroker(name: string): Promise<void>;
  /** Where the official Java client would put messages with these sharding keys, in the order of the keys. */
  placementOf(topic: string, shardingKeys: readonly string[]): Promise<QueuePlace[]>;
}
