/**
 * A topic's route as it is on the wire, checked entry by entry. What is made of it is not here but in `route/`.
 * Source: TopicRouteData.java and its parts (5.5.0).
 */

/** The id of a broker group's master. */
export const MASTER_ID = 0;
/** Bits of `perm` (PermName.java). */
export const PERM_WRITE = 2;
export const PERM_READ = 4;

/** How many queues of a topic one group of brokers has. */
export interface QueueData {
  readonly brokerName: string;
  readonly readQueueNums: number;
  readonly writeQueueNums: number;
  readonly perm: number;
  readonly topicSysFlag: number;
}

/** The addresses (`host:port`) of one group of brokers by broker id. */
export interface BrokerData {
  readonly cluster: string;
  readonly brokerName: string;
  readonly brokerAddrs: ReadonlyMap<number, string>;
  /** Where the brokers are, if they say so (5.x). */
  readonly zoneName?: string | undefined;
}

/** Where the logical queues of a static topic lie on one broker. */
export interface TopicQueueMapping {
  readonly topic: string;
  readonly brokerName: string;
  readonly scope: string;
  readonly totalQueues: number;
  readonly epoch: number;
  /** Logical queue id → queue id at the broker. */
  readonly currIdMap: ReadonlyMap<number, number>;
}

export interface TopicRouteData {
  /** `broker-a:4;broker-b:4`; not checked. */
  readonly orderTopicConf: string | undefined;
  readonly queueDatas: readonly QueueData[];
  readonly brokerDatas: readonly BrokerData[];
  /** Static topics only (5.x), by broker name. */
  readonly topicQueueMappings: ReadonlyMap<string, TopicQueueMapping>;
}
