/** The public door of rx-rocketmq: everything a user may rely on, and nothing else. */

// Sending
export { createProducer } from './create-producer.js';
export { toRocketMQ } from '../operators/to-rocketmq.js';
export type { SendOperator } from '../operators/send-operator.js';
export { inTransaction, type TransactionPipelineOptions } from '../operators/in-transaction.js';
export { fromPull } from '../operators/from-pull.js';
export { type AsyncProject, mapAsync } from '../operators/map-async.js';
export type { MapAsyncOptions } from './producer/map-async-options.js';
export type { PullSource, SourceFactory } from './producer/flow/pull-source.js';
export { Producer, type SendInTransactionOptions, type SendOptions } from './producer/producer.js';
export type { ProducerConfig, TransactionCheckOptions } from './producer/config.js';
export type { CompressOptions } from './producer/options/compress-options.js';
export type {
  BatchOptions,
  OnFailure,
  PipelineOptions,
  ResultOrder,
  RetryOptions,
} from './producer/pipeline-options.js';
export type { Credentials } from './access/credentials.js';
export type { OnKeyFailure, OrderedOptions } from './producer/flow/ordered-options.js';
export type { SocksProxy } from './connection/socks-proxies.js';
export type { ZoneOptions } from './producer/options/zone-option.js';
export type { ShutdownOptions, ShutdownSummary } from './producer/producer-core.js';

// Outcomes, further on
export { failOnError } from '../operators/fail-on-error.js';
export { partitionOutcomes } from '../operators/partition-outcomes.js';

// Flow control
export { createFlowGate } from './producer/create-flow-gate.js';
export type { FlowGate } from './producer/flow/flow-gate.js';
export type { BufferOptions, FlowOptions, OnOverflow, Pressure } from './producer/flow/window.js';

// Messages and outcomes
export type { Body, Message } from './producer/message/message.js';
export type { Delivery } from './producer/message/delivery.js';
export type { SendStatus } from './protocol/classify-response.js';
export type { MessageQueue } from './protocol/message-queue.js';
export type {
  FailedAttempt,
  OnewayReceipt,
  SendFailure,
  SendOutcome,
  SendReceipt,
  Stage,
} from './producer/message/outcome.js';
export type { QueueSelector } from './producer/message/queue-selector.js';

// Topics and stored messages
export type { ProducerAdmin, QueryOptions, TopicSettings } from './producer/admin/producer-admin.js';
export type { DecodedMessage as StoredMessage } from './protocol/decoded-message.js';

// Transactions
export type {
  CheckTransaction,
  ExecuteTransaction,
  Transaction,
  TransactionReceipt,
} from './producer/transaction/transaction.js';
export type { TransactionWork } from './producer/transaction/transaction-options.js';
export type { ResolutionInput } from './producer/transaction/resolution.js';
export type { Resolution } from './protocol/requests/end-transaction.js';

// Requests and replies
export { requestReply, type RequestReplyOptions } from '../operators/request-reply.js';
export type { ReceivedRequest, Reply } from './producer/request/reply.js';

// What a producer tells about itself
export type { ServiceState } from './producer/state/service-state.js';
export type { ProducerEvent } from './producer/state/producer-event.js';
export type { BrokerServerHealth, ProducerHealth, ServerHealth } from './producer/state/health.js';
export type { ReadyOptions } from './producer/state/readiness.js';
export type { Metrics } from './producer/state/producer-statistics.js';
export type { Logger } from './observe/logger.js';

// Hooks and traces
export type { Hooks } from './producer/hooks/hook-options.js';
export type { AttemptOutcome, SendContext } from './producer/hooks/send-context.js';
export type { EndTransactionContext } from './producer/hooks/end-context.js';
export type { DeliveryKind } from './producer/hooks/delivery-kind.js';
export type { HookedRequest, HookedResponse } from './connection/request-hooks.js';
export type { SendMode } from './producer/message/envelope.js';
export type { TraceOptions } from './producer/trace/trace-options.js';

// Errors
export {
  ClosedError,
  ConfigurationError,
  DeadlineError,
  InvalidMessageError,
  OverloadedError,
  ProtocolViolationError,
  RejectedError,
  RocketMQError,
  UnreachableError,
} from './errors/rocketmq-error.js';
export { SendError } from './producer/message/send-error.js';
export type { ErrorCode } from './errors/error-table.js';

// The stages, each usable alone
export { validateMessage, type ValidateOptions } from '../operators/validate-message.js';
export { admit, type AdmitOptions } from '../operators/admit.js';
export { compressBody } from '../operators/compress-body.js';
export { lookupRoute, type RouteSource } from '../operators/lookup-route.js';
export { selectQueue, type SelectQueueOptions } from '../operators/select-queue.js';
export { sendMessage, type SendMessageOptions } from '../operators/send-message.js';
export { retryExcludingBroker } from '../operators/retry-excluding-broker.js';
export { settle, type SettleOptions } from '../operators/settle.js';
export type { Envelope, Open, Routed, Settled, Targeted } from './producer/message/envelope.js';
export type { TopicRoute } from './route/topic-route.js';
