/**
 * What the Java client's sends and errors are here, as tables: each send with code that is run (`java-sends.test.ts`) and
 * printed as it is written (`java-page.ts`). Java's settings are `java-settings.ts`.
 */
import type { ErrorCode, Message, MessageQueue, Producer, Reply, SendReceipt } from '../../src/index.js';

/** What the examples work with, named as in the page. */
export interface JavaSendScope {
  readonly producer: Producer;
  readonly message: Message;
  /** Of the same topic. */
  readonly messages: readonly Message[];
  /** One of the topic of `message`. */
  readonly queue: MessageQueue;
  readonly orderId: number;
  readonly topic: string;
  /** Of a message that is not due yet. */
  readonly recallHandle: string;
  readonly onSuccess: (result: SendReceipt<undefined> | readonly SendReceipt<undefined>[] | Reply<undefined>) => void;
  readonly onException: (error: unknown) => void;
}

export interface JavaSend {
  /** Overloads of `MQProducer`, with the types of their parameters. */
  readonly java: readonly string[];
  /** The same here. */
  readonly ours: (scope: JavaSendScope) => unknown;
  /** What differs, in a sentence. */
  readonly differs?: string;
  /** What it does to the broker. */
  readonly stores: { readonly messages: number; readonly in?: 'queue' | 'selected' };
}

export const javaSends: readonly JavaSend[] = [
  {
    java: ['send(Message)'],
    ours: ({ producer, message }) => producer.send(message),
    stores: { messages: 1 },
  },
  {
    java: ['send(Message, long)'],
    ours: ({ producer, message }) => producer.send(message, { timeoutMs: 1000 }),
    differs:
      'Each attempt gets half of the time that is left, so that a broker that keeps silent leaves some to others.',
    stores: { messages: 1 },
  },
  {
    java: ['send(Message, SendCallback)'],
    ours: ({ producer, message, onSuccess, onException }) => producer.send(message).then(onSuccess, onException),
    differs: 'Retried exactly as one that is awaited; refusals that may pass (busy, read-only) too.',
    stores: { messages: 1 },
  },
  {
    java: ['send(Message, SendCallback, long)'],
    ours: ({ producer, message, onSuccess, onException }) =>
      producer.send(message, { timeoutMs: 1000 }).then(onSuccess, onException),
    stores: { messages: 1 },
  },
  {
    java: ['sendOneway(Message)'],
    ours: ({ producer, message }) => producer.sendOneway(message),
    differs: '`flush()` waits until its bytes are with the kernel.',
    stores: { messages: 1 },
  },
  {
    java: ['send(Message, MessageQueue)'],
    ours: ({ producer, message, queue }) => producer.send(message, { queue }),
    differs: 'Retried, at the same queue; so is a send with a selector.',
    stores: { messages: 1, in: 'queue' },
  },
  {
    java: ['send(Message, MessageQueue, long)'],
    ours: ({ producer, message, queue }) => producer.send(message, { queue, timeoutMs: 1000 }),
    stores: { messages: 1, in: 'queue' },
  },
  {
    java: ['send(Message, MessageQueue, SendCallback)'],
    ours: ({ producer, message, queue, onSuccess, onException }) =>
      producer.send(message, { queue }).then(onSuccess, onException),
    stores: { messages: 1, in: 'queue' },
  },
  {
    java: ['send(Message, MessageQueue, SendCallback, long)'],
    ours: ({ producer, message, queue, onSuccess, onException }) =>
      producer.send(message, { queue, timeoutMs: 1000 }).then(onSuccess, onException),
    stores: { messages: 1, in: 'queue' },
  },
  {
    java: ['sendOneway(Message, MessageQueue)'],
    ours: ({ producer, message, queue }) => producer.sendOneway(message, { queue }),
    stores: { messages: 1, in: 'queue' },
  },
  {
    java: ['send(Message, MessageQueueSelector, Object)'],
    ours: ({ producer, message, orderId }) =>
      producer.send(message, { selectQueue: (queues) => queues[orderId % queues.length] }),
    differs:
      "The argument is what the function encloses. SelectMessageQueueByHash is the message's `shardingKey`, SelectMessageQueueByRandom is `selectQueue: 'random'`.",
    stores: { messages: 1, in: 'selected' },
  },
  {
    java: ['send(Message, MessageQueueSelector, Object, long)'],
    ours: ({ producer, message, orderId }) =>
      producer.send(message, {
        selectQueue: (queues) => queues[orderId % queues.length],
        timeoutMs: 1000,
      }),
    stores: { messages: 1, in: 'selected' },
  },
  {
    java: ['send(Message, MessageQueueSelector, Object, SendCallback)'],
    ours: ({ producer, message, orderId, onSuccess, onException }) =>
      producer.send(message, { selectQueue: (queues) => queues[orderId % queues.length] }).then(onSuccess, onException),
    stores: { messages: 1, in: 'selected' },
  },
  {
    java: ['send(Message, MessageQueueSelector, Object, SendCallback, long)'],
    ours: ({ producer, message, orderId, onSuccess, onException }) =>
      producer
        .send(message, { selectQueue: (queues) => queues[orderId % queues.length], timeoutMs: 1000 })
        .then(onSuccess, onException),
    stores: { messages: 1, in: 'selected' },
  },
  {
    java: ['sendOneway(Message, MessageQueueSelector, Object)'],
    ours: ({ producer, message, orderId }) =>
      producer.sendOneway(message, { selectQueue: (queues) => queues[orderId % queues.length] }),
    stores: { messages: 1, in: 'selected' },
  },
  {
    java: ['send(Collection<Message>)'],
    ours: ({ producer, messages }) => producer.sendBatch(messages),
    differs: 'Each message gets its own receipt, with its own key, id and offset; Java gives one result for all.',
    stores: { messages: 3 },
  },
  {
    java: ['send(Collection<Message>, long)'],
    ours: ({ producer, messages }) => producer.sendBatch(messages, { timeoutMs: 1000 }),
    stores: { messages: 3 },
  },
  {
    java: ['send(Collection<Message>, MessageQueue)'],
    ours: ({ producer, messages, queue }) => producer.sendBatch(messages, { queue }),
    stores: { messages: 3, in: 'queue' },
  },
  {
    java: ['send(Collection<Message>, MessageQueue, long)'],
    ours: ({ producer, messages, queue }) => producer.sendBatch(messages, { queue, timeoutMs: 1000 }),
    stores: { messages: 3, in: 'queue' },
  },
  {
    java: ['send(Collection<Message>, SendCallback)'],
    ours: ({ producer, messages, onSuccess, onException }) => producer.sendBatch(messages).then(onSuccess, onException),
    stores: { messages: 3 },
  },
  {
    java: ['send(Collection<Message>, SendCallback, long)'],
    ours: ({ producer, messages, onSuccess, onException }) =>
      producer.sendBatch(messages, { timeoutMs: 1000 }).then(onSuccess, onException),
    stores: { messages: 3 },
  },
  {
    java: ['send(Collection<Message>, MessageQueue, SendCallback)'],
    ours: ({ producer, messages, queue, onSuccess, onException }) =>
      producer.sendBatch(messages, { queue }).then(onSuccess, onException),
    stores: { messages: 3, in: 'queue' },
  },
  {
    java: ['send(Collection<Message>, MessageQueue, SendCallback, long)'],
    ours: ({ producer, messages, queue, onSuccess, onException }) =>
      producer.sendBatch(messages, { queue, timeoutMs: 1000 }).then(onSuccess, onException),
    stores: { messages: 3, in: 'queue' },
  },
  {
    java: ['sendMessageInTransaction(Message, Object)'],
    ours: ({ producer, message }) => producer.sendInTransaction(message, async () => 'commit'),
    differs:
      'The work comes with the message, as a promise or an Observable, and encloses its argument. The broker confirms the end, which Java does not wait for. Check-backs are answered by `checkTransaction` of the configuration; one that comes for a transaction whose end is confirmed (5.5.0, up to 3 s after it) drops the copy it is about: Java commits it, and the message is stored twice.',
    stores: { messages: 1 },
  },
  {
    java: ['request(Message, long)'],
    ours: ({ producer, message }) => producer.request(message, { timeoutMs: 1000 }),
    differs:
      'A stream of requests is `requestReply`, whose window bounds how many wait at once. The other side is `producer.reply(received, body)`. Brokers (4.9.7, 5.5.0) lose track of a client when another one with its client id leaves, or when they close an old connection of it late; Java gets no replies from then on, and here requests carry a name of their own after a lost connection or a reply that did not come.',
    stores: { messages: 1 },
  },
  {
    java: ['request(Message, RequestCallback, long)'],
    ours: ({ producer, message, onSuccess, onException }) =>
      producer.request(message, { timeoutMs: 1000 }).then(onSuccess, onException),
    differs: 'In Java the callback is called when the message is stored, with nothing, and again with the reply.',
    stores: { messages: 1 },
  },
  {
    java: ['request(Message, MessageQueueSelector, Object, long)'],
    ours: ({ producer, message, orderId }) =>
      producer.request(message, { selectQueue: (queues) => queues[orderId % queues.length], timeoutMs: 1000 }),
    stores: { messages: 1, in: 'selected' },
  },
  {
    java: ['request(Message, MessageQueueSelector, Object, RequestCallback, long)'],
    ours: ({ producer, message, orderId, onSuccess, onException }) =>
      producer
        .request(message, { selectQueue: (queues) => queues[orderId % queues.length], timeoutMs: 1000 })
        .then(onSuccess, onException),
    stores: { messages: 1, in: 'selected' },
  },
  {
    java: ['request(Message, MessageQueue, long)'],
    ours: ({ producer, message, queue }) => producer.request(message, { queue, timeoutMs: 1000 }),
    stores: { messages: 1, in: 'queue' },
  },
  {
    java: ['request(Message, MessageQueue, RequestCallback, long)'],
    ours: ({ producer, message, queue, onSuccess, onException }) =>
      producer.request(message, { queue, timeoutMs: 1000 }).then(onSuccess, onException),
    stores: { messages: 1, in: 'queue' },
  },
  {
    java: ['recallMessage(String, String)'],
    ours: ({ producer, topic, recallHandle }) => producer.recall(topic, recallHandle),
    stores: { messages: 0 },
  },
];

/** The overloads without a row above. */
export const notHere: readonly { readonly java: readonly string[]; readonly because: string }[] = [
  {
    java: ['sendMessageInTransaction(Message, LocalTransactionExecuter, Object)'],
    because: 'Deprecated in 4.x, and gone in 5.x.',
  },
];

export interface JavaError {
  /** When Java throws it. */
  readonly when: string;
  readonly java: string;
  readonly ours: readonly ErrorCode[];
}

/** Java's errors of sending, by their situation. */
export const javaErrors: readonly JavaError[] = [
  {
    when: 'the producer is not running',
    java: 'MQClientException -1, with the state',
    ours: ['RMQ_STATE_INVALID', 'RMQ_CLOSED'],
  },
  {
    when: 'another producer of the group on the same client',
    java: 'MQClientException -1, with the group',
    ours: ['RMQ_GROUP_DUPLICATE'],
  },
  {
    when: 'no name server is configured',
    java: 'MQClientException 10004 (NO_NAME_SERVER_EXCEPTION)',
    ours: ['RMQ_NAME_SERVER_MISSING'],
  },
  {
    when: 'no name server answers',
    java: 'MQClientException 10005 (NOT_FOUND_TOPIC_EXCEPTION)',
    ours: ['RMQ_NAME_SERVER_UNREACHABLE'],
  },
  {
    when: 'no name server knows the topic',
    java: 'MQClientException 10005 (NOT_FOUND_TOPIC_EXCEPTION); -1 for a send with a selector',
    ours: ['RMQ_ROUTE_MISSING'],
  },
  {
    when: 'no address is known for a broker',
    java: 'MQClientException -1; 10003 (BROKER_NOT_EXIST_EXCEPTION) after retries',
    ours: ['RMQ_BROKER_UNKNOWN'],
  },
  {
    when: 'a broker cannot be connected to',
    java: 'RemotingConnectException; MQClientException 10001 (CONNECT_BROKER_EXCEPTION) after retries',
    ours: ['RMQ_CONNECT_FAILED'],
  },
  {
    when: 'the connection breaks',
    java: 'RemotingSendRequestException',
    ours: ['RMQ_CONNECTION_LOST', 'RMQ_CONNECTION_STALLED'],
  },
  {
    when: 'a broker does not answer in time',
    java: 'RemotingTimeoutException; MQClientException 10002 (ACCESS_BROKER_TIMEOUT) after retries',
    ours: ['RMQ_ATTEMPT_TIMEOUT'],
  },
  {
    when: 'the time is over before an attempt begins',
    java: 'RemotingTooMuchRequestException, with the place in the code',
    ours: ['RMQ_DEADLINE'],
  },
  {
    when: 'too much is in flight',
    java: 'RemotingTooMuchRequestException, RemotingTimeoutException',
    ours: ['RMQ_OVERLOADED'],
  },
  {
    when: 'the message breaks a rule',
    java: 'MQClientException 13 or -1',
    ours: ['RMQ_MESSAGE_INVALID', 'RMQ_MESSAGE_TOO_LARGE'],
  },
  {
    when: 'a selector returns none of the queues',
    java: 'MQClientException -1',
    ours: ['RMQ_SELECTOR_FAILED'],
  },
  {
    when: 'a broker refuses',
    java: 'MQBrokerException, with the code of the answer',
    ours: [
      'RMQ_BROKER_BUSY',
      'RMQ_BROKER_UNAVAILABLE',
      'RMQ_ACCESS_DENIED',
      'RMQ_MESSAGE_REFUSED',
      'RMQ_QUEUE_REFUSED',
      'RMQ_TOPIC_MISSING',
      'RMQ_REQUEST_UNSUPPORTED',
      'RMQ_BROKER_ERROR',
      'RMQ_RESPONSE_UNKNOWN',
    ],
  },
];
