/**
 * The answers a producer can meet, by number. What to make of each is not written here but in `classify-response.ts`.
 * Source: ResponseCode.java, RemotingSysResponseCode.java (5.5.0).
 */
export const ResponseCode = {
  SUCCESS: 0,
  SYSTEM_ERROR: 1,
  SYSTEM_BUSY: 2,
  REQUEST_CODE_NOT_SUPPORTED: 3,
  TRANSACTION_FAILED: 4,
  FLUSH_DISK_TIMEOUT: 10,
  SLAVE_NOT_AVAILABLE: 11,
  FLUSH_SLAVE_TIMEOUT: 12,
  MESSAGE_ILLEGAL: 13,
  SERVICE_NOT_AVAILABLE: 14,
  VERSION_NOT_SUPPORTED: 15,
  NO_PERMISSION: 16,
  TOPIC_NOT_EXIST: 17,
  PULL_NOT_FOUND: 19,
  PULL_RETRY_IMMEDIATELY: 20,
  PULL_OFFSET_MOVED: 21,
  QUERY_NOT_FOUND: 22,
  SUBSCRIPTION_GROUP_NOT_EXIST: 26,
  INVALID_PARAMETER: 29,
  NO_BUYER_ID: 204,
  NOT_IN_CURRENT_UNIT: 205,
  FLOW_CONTROL: 215,
  NOT_LEADER_FOR_QUEUE: 501,
  ILLEGAL_OPERATION: 604,
  GO_AWAY: 1500,
  LMQ_QUOTA_EXCEEDED: 2017,
  RPC_TIME_OUT: -1006,
  RPC_SEND_TO_CHANNEL_FAILED: -1004,
  RPC_ADDR_IS_NULL: -1002,
  RPC_UNKNOWN: -1000,
} as const;

type ResponseName = keyof typeof ResponseCode;

/** What each answer means on the way of a message, in one line. */
export const responseMeanings: Readonly<Record<ResponseName, string>> = {
  SUCCESS: 'done',
  SYSTEM_ERROR: 'an exception at the server, or one of many reasons that only the remark tells',
  SYSTEM_BUSY: 'too busy: nothing was stored',
  REQUEST_CODE_NOT_SUPPORTED: 'this server does not know the request',
  TRANSACTION_FAILED: 'the transaction failed; not sent by open-source brokers',
  FLUSH_DISK_TIMEOUT: 'stored, but not yet known to be on disk',
  SLAVE_NOT_AVAILABLE: 'stored, but no replica is there',
  FLUSH_SLAVE_TIMEOUT: 'stored, but not yet known to be on a replica',
  MESSAGE_ILLEGAL: 'body, properties, topic or delay break a rule of the broker',
  SERVICE_NOT_AVAILABLE: 'the broker cannot write: full disk, shut down, or a slave',
  VERSION_NOT_SUPPORTED: 'a proxy misses the broker name in the request',
  NO_PERMISSION: 'access denied; or a read-only broker, or a topic that is the system’s own',
  TOPIC_NOT_EXIST: 'the topic does not exist and may not be created',
  PULL_NOT_FOUND: 'no new message at this offset',
  PULL_RETRY_IMMEDIATELY: 'messages at this offset, but none that matches',
  PULL_OFFSET_MOVED: 'the offset is outside of the queue',
  QUERY_NOT_FOUND: 'no message matches',
  SUBSCRIPTION_GROUP_NOT_EXIST: 'the group of a retry topic does not exist',
  INVALID_PARAMETER: 'topic name or queue are impossible',
  NO_BUYER_ID: 'not sent by open-source brokers',
  NOT_IN_CURRENT_UNIT: 'not sent by open-source brokers',
  FLOW_CONTROL: 'too fast: nothing was stored; sent by cloud services',
  NOT_LEADER_FOR_QUEUE: 'this broker does not host the logical queue',
  ILLEGAL_OPERATION: 'too late, or not allowed',
  GO_AWAY: 'the server shuts down and takes no more requests',
  LMQ_QUOTA_EXCEEDED: 'too many light queues',
  RPC_TIME_OUT: 'a broker got no answer from the broker it asked',
  RPC_SEND_TO_CHANNEL_FAILED: 'a broker could not ask another broker',
  RPC_ADDR_IS_NULL: 'a broker does not know the address of another broker',
  RPC_UNKNOWN: 'a broker failed to ask another broker',
};

const names = new Map<number, string>(Object.entries(ResponseCode).map(([name, code]) => [code, name]));

/** The name of an answer, as in ResponseCode.java; the number itself where this client does not know it. */
export function responseName(code: number): string {
  return names.get(code) ?? String(code);
}
