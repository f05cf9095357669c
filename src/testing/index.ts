/**
 * The door of `rx-rocketmq/testing`: a RocketMQ cluster inside your process, and a reader to prove what is stored.
 * Nothing else of this folder is public.
 */

// ---- the cluster
export {
  type ConnectedProducer,
  type EmbeddedCluster,
  type EmbeddedClusterOptions,
  type EmbeddedNameServer,
  startEmbeddedCluster,
  type TopicOptions,
} from './embedded-cluster.js';
export type { AccessUser } from './access-control.js';
export type { ServerTlsOptions } from './embedded-tls.js';
export type { KillOptions, ServerControls } from './embedded-server.js';
export type { ClientConnection } from './server-connection.js';
export type { TransactionOptions } from './half-messages.js';
export type { QueueType } from './batch-record.js';
export type { MessageType, TopicType } from './message-type.js';
export type { AnswerHeader, ReleaseName } from './server-release.js';

// ---- misbehaviour
export type { ActiveRule, Rule, RuleCondition } from './script.js';
export {
  amendAnswer,
  answerBytes,
  busy,
  delay,
  disconnect,
  drop,
  dropAnswer,
  duplicateAnswer,
  refuse,
  type Reply,
  type Turn,
} from './replies.js';
export type { Answer } from './answer.js';
export type { RequestName, ResponseName } from './protocol-names.js';

// ---- what is stored
export { readTopic, type ReadOptions } from './read-topic.js';
export type { ReadMessage } from './read-message.js';
