/**
 * The answers a producer can meet, by number. What to make of each is not written here but in `classify-response.ts`.
 * Source: ResponseCode.java, RemotingSysResponseCode.java (5.5.0).
 */
export const ResponseCode = {
  /** Done. */
  SUCCESS: 0,
  /** An exception at the server, or one of many reasons that only the remark tells. */
  SYSTEM_ERROR: 1,
  /** Too busy: nothing was stored. */
  SYSTEM_BUSY: 2,
  /** This server does not know the request. */
  REQUEST_CODE_NOT_SUPPORTED: 3,
  /** The transaction failed; not sent by open-source brokers. */
  TRANSACTION_FAILED: 4,
  /** Stored, but not yet known to be on disk. */
  FLUSH_DISK_TIMEOUT: 10,
  /** Stored, but no replica is there. */
  SLAVE_NOT_AVAILABLE: 11,
  /** Stored, but not yet known to be on a replica. */
  FLUSH_SLAVE_TIMEOUT: 12,
  /** Body, properties, topic or delay break a rule of the broker. */
  MESSAGE_ILLEGAL: 13,
  /** The broker cannot write: full disk, shut down, or a slave. */
  SERVICE_NOT_AVAILABLE: 14,
  /** A proxy misses the broker name in the request. */
  VERSION_NOT_SUPPORTED: 15,
  /** Access denied; or a read-only broker, or a topic that is the system’s own. */
  NO_PERMISSION: 16,
  /** The topic does not exist and may not be created. */
  TOPIC_NOT_EXIST: 17,
  /** No new message at this offset. */
  PULL_NOT_FOUND: 19,
  /** Messages at this offset, but none that matches. */
  PULL_RETRY_IMMEDIATELY: 20,
  /** The offset is outside of the queue. */
  PULL_OFFSET_MOVED: 21,
  /** No message matches. */
  QUERY_NOT_FOUND: 22,
  /** The group of a retry topic does not exist. */
  SUBSCRIPTION_GROUP_NOT_EXIST: 26,
  /** Topic name or queue are impossible. */
  INVALID_PARAMETER: 29,
  /** Not sent by open-source brokers. */
  NO_BUYER_ID: 204,
  /** Not sent by open-source brokers. */
  NOT_IN_CURRENT_UNIT: 205,
  /** Too fast: nothing was stored; sent by cloud services. */
  FLOW_CONTROL: 215,
  /** This broker does not host the logical queue. */
  NOT_LEADER_FOR_QUEUE: 501,
  /** Too late, or not allowed. */
  ILLEGAL_OPERATION: 604,
  /** The server shuts down and takes no more requests. */
  GO_AWAY: 1500,
  /** Too many light queues. */
  LMQ_QUOTA_EXCEEDED: 2017,
  /** A broker got no answer from the broker it asked. */
  RPC_TIME_OUT: -1006,
  /** A broker could not ask another broker. */
  RPC_SEND_TO_CHANNEL_FAILED: -1004,
  /** A broker does not know the address of another broker. */
  RPC_ADDR_IS_NULL: -1002,
  /** A broker failed to ask another broker. */
  RPC_UNKNOWN: -1000,
} as const;

const names = new Map<number, string>(Object.entries(ResponseCode).map(([name, code]) => [code, name]));

/** The name of an answer, as in ResponseCode.java; the number itself where this client does not know it. */
export function responseName(code: number): string {
  return names.get(code) ?? String(code);
}
