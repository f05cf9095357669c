/**
 * The one place where code, class, stored, retryable and advice of every error are written.
 * The `ErrorCode` union, the error page (docs/errors.md) and the table test come from it.
 */

/** One class per reaction of the caller, and that reaction. */
export const errorKinds = {
  Configuration: 'The configuration or the use of the API is wrong: correct the program.',
  InvalidMessage: 'This message can never be stored as it is: correct the message.',
  Overloaded: 'Too much at once, here or at the broker: slow down and send again.',
  Unreachable: 'A server cannot be reached or cannot serve: wait, or repair the cluster.',
  Rejected: 'The server refused: the remark says why.',
  Deadline: 'Time ran out: look at where it went before giving more of it.',
  ProtocolViolation: 'The peer does not speak the protocol: check the address.',
  Closed: 'The producer or the stream was ended by its owner.',
} as const;

export type ErrorKind = keyof typeof errorKinds;

/** What is fixed about one code. */
export interface ErrorEntry {
  readonly kind: ErrorKind;
  /** Default of the code; an error may say otherwise where the circumstances prove it. */
  readonly stored: 'no' | 'maybe';
  /** Whether the same message may be handed in again and can then succeed. */
  readonly retryable: boolean;
  /** What happened, in one sentence. */
  readonly meaning: string;
  /** What to do next. */
  readonly advice: string;
}

/** Every code, grouped by class. */
export const errorTable = {
  RMQ_CONFIG_INVALID: {
    kind: 'Configuration',
    stored: 'no',
    retryable: false,
    meaning: 'The configuration has one or more problems; the message lists all of them.',
    advice: 'Correct each listed option; nothing was started.',
  },
  RMQ_NAME_SERVER_MISSING: {
    kind: 'Configuration',
    stored: 'no',
    retryable: false,
    meaning: 'No name server is configured.',
    advice:
      "Set nameServers: 'host:9876;host2:9876', or the environment variable NAMESRV_ADDR; or name the web server that knows them (ROCKETMQ_NAMESRV_DOMAIN).",
  },
  RMQ_GROUP_DUPLICATE: {
    kind: 'Configuration',
    stored: 'no',
    retryable: false,
    meaning: 'Another producer of the same group is already registered on this client instance.',
    advice: 'Share the existing producer, or give this one another group or another instanceName.',
  },
  RMQ_STATE_INVALID: {
    kind: 'Configuration',
    stored: 'no',
    retryable: false,
    meaning: 'The call is not allowed in the state the producer is in.',
    advice: 'Create a new producer: one that was shut down, or whose start failed for good, is not started again.',
  },
  RMQ_INSTANCE_FAILED: {
    kind: 'Configuration',
    stored: 'no',
    retryable: false,
    meaning: 'The client instance this producer shares could not be started.',
    advice: 'Look at the cause, correct it and create a new producer.',
  },
  RMQ_INSTANCE_NAME_TAKEN: {
    kind: 'Configuration',
    stored: 'no',
    retryable: false,
    meaning: 'The instance name was to be exclusive, and another process on this machine has it.',
    advice:
      'Stop the other process, or give this one another instanceName. If there is no other, something else has the UDP port that the name stands for.',
  },
  RMQ_TRANSACTION_FAILED: {
    kind: 'Configuration',
    stored: 'maybe',
    retryable: false,
    meaning:
      'The local work of a transaction, or checkTransaction, threw or said none of commit, rollback and unknown.',
    advice: 'The cause is what was thrown; the broker will ask checkTransaction, now or again.',
  },
  RMQ_RETRY_FAILED: {
    kind: 'Configuration',
    stored: 'no',
    retryable: false,
    meaning:
      'A function of the retry options (retryOn, delayMs) threw, or returned a promise; no further attempt was made.',
    advice: 'Correct the function: the cause is what it threw, and the listed attempts are what was tried before.',
  },
  RMQ_HOOK_FAILED: {
    kind: 'Configuration',
    stored: 'no',
    retryable: false,
    meaning: 'The hook beforeRequest threw, or was asynchronous; the request was not sent.',
    advice: 'Correct the hook: the cause is what it threw. Hooks must be synchronous.',
  },
  RMQ_ADDRESS_MAPPING_FAILED: {
    kind: 'Configuration',
    stored: 'no',
    retryable: false,
    meaning: 'The function mapBrokerAddress threw, was asynchronous, or gave no address.',
    advice:
      'Correct the function: it returns host:port, at once, for every address that a route names. The cause is what it threw.',
  },
  RMQ_SEND_FORBIDDEN: {
    kind: 'Rejected',
    stored: 'no',
    retryable: false,
    meaning: 'The hook checkForbidden refused the message.',
    advice: 'The cause is what the hook threw; it knows why.',
  },
  RMQ_ARGUMENT_INVALID: {
    kind: 'Configuration',
    stored: 'no',
    retryable: false,
    meaning: 'An argument of the call breaks the rule named in detail.rule; nothing was asked.',
    advice: 'Correct the call: the message says what is allowed.',
  },
  RMQ_SOURCE_USED: {
    kind: 'Configuration',
    stored: 'no',
    retryable: false,
    meaning:
      'The source can be read only once, and an earlier subscription has read it, or it was closed; this subscription read nothing.',
    advice:
      'Give a factory where a stream is subscribed to again (retry, repeat): a generator function, or () => createReadStream(path). Each subscription then sends everything from the beginning.',
  },
  RMQ_MESSAGE_INVALID: {
    kind: 'InvalidMessage',
    stored: 'no',
    retryable: false,
    meaning: 'The message breaks the rule named in detail.rule; no server would store it as given.',
    advice: 'Correct the message; sending it again unchanged fails again.',
  },
  RMQ_MESSAGE_TOO_LARGE: {
    kind: 'InvalidMessage',
    stored: 'no',
    retryable: false,
    meaning:
      'The body is larger than maxMessageBytes, the properties are larger than brokers can store, a batch has more than 32767 messages, or all together is larger than what servers read at once (16 MiB).',
    advice: 'Store large content elsewhere and send a reference, or raise maxMessageBytes here and on the brokers.',
  },
  RMQ_CODEC_MISSING: {
    kind: 'Configuration',
    stored: 'no',
    retryable: false,
    meaning: 'Bodies are to be compressed with zstd, or are, and this process cannot do that.',
    advice: 'Use Node 22.15 or later, install @bokuweb/zstd-wasm beside your application, or choose another codec.',
  },
  RMQ_COMPRESS_FAILED: {
    kind: 'InvalidMessage',
    stored: 'no',
    retryable: false,
    meaning: 'The body could not be compressed.',
    advice: 'Look at the cause; compress: false sends bodies as they are.',
  },
  RMQ_SELECTOR_FAILED: {
    kind: 'InvalidMessage',
    stored: 'no',
    retryable: false,
    meaning: 'The queue selector threw, or returned something that is not a queue of the topic.',
    advice: 'Return one of the queues that were passed in.',
  },
  RMQ_KEY_FAILED: {
    kind: 'InvalidMessage',
    stored: 'no',
    retryable: false,
    meaning: 'The function that gives the key of a message (ordered.key) threw, or returned something that is no key.',
    advice: 'Return a string, or undefined for a message without order.',
  },
  RMQ_ENVELOPE_DROPPED: {
    kind: 'InvalidMessage',
    stored: 'no',
    retryable: false,
    meaning: 'An operator between the stages did not pass the envelope on.',
    advice: 'Filter, fan out and wait above validateMessage; between stages pass each envelope on once, synchronously.',
  },
  RMQ_OVERLOADED: {
    kind: 'Overloaded',
    stored: 'no',
    retryable: true,
    meaning: 'The bounded buffer is full: the source is faster than the brokers.',
    advice: 'Read the source through fromPull or await each send; or raise buffer; or choose another onOverflow.',
  },
  RMQ_DROPPED: {
    kind: 'Overloaded',
    stored: 'no',
    retryable: true,
    meaning: 'The bounded buffer was full and its policy (onOverflow) dropped this message.',
    advice:
      'Expected under drop-newest and drop-oldest; where it must not be, pause the source by a gate or raise buffer.',
  },
  RMQ_ANSWER_TOO_LARGE: {
    kind: 'Overloaded',
    stored: 'no',
    retryable: false,
    meaning: 'What was asked for is more than one call may hold in memory.',
    advice: 'Ask for fewer messages (max), or for those of a shorter time (from, to).',
  },
  RMQ_BROKER_BUSY: {
    kind: 'Overloaded',
    stored: 'no',
    retryable: true,
    meaning: 'The broker refused the message because it is too busy; it guarantees that it stored nothing.',
    advice: 'Send again later, lower the window, or add brokers.',
  },
  RMQ_NAME_SERVER_UNREACHABLE: {
    kind: 'Unreachable',
    stored: 'no',
    retryable: true,
    meaning: 'None of the configured name servers answered.',
    advice: 'Check nameServers and that port 9876 is reachable; detail names each address and what happened.',
  },
  RMQ_ROUTE_MISSING: {
    kind: 'Unreachable',
    stored: 'no',
    retryable: true,
    meaning:
      'No name server knows a writable queue for the topic, nor for the default topic; or no broker is registered there at all, which the message says.',
    advice:
      'Create the topic (mqadmin updateTopic), or allow autoCreateTopicEnable on the brokers. Where no broker is registered, start one, or check its namesrvAddr. With a zone, check that it has brokers.',
  },
  RMQ_BROKER_UNKNOWN: {
    kind: 'Unreachable',
    stored: 'no',
    retryable: true,
    meaning: 'The route names a broker for which no master address is known, not even after a refresh.',
    advice: 'Check that the master of this broker is running and registered at the name server.',
  },
  RMQ_CONNECT_FAILED: {
    kind: 'Unreachable',
    stored: 'no',
    retryable: true,
    meaning: 'The connection could not be opened.',
    advice: 'Check address, port and firewall; in containers, see brokerIP1 of the broker or mapBrokerAddress here.',
  },
  RMQ_TLS_FAILED: {
    kind: 'Unreachable',
    stored: 'no',
    retryable: true,
    meaning:
      'There is no TLS with the server: it or the client is not trusted, or only one of them wants TLS. The message says which.',
    advice: 'See tls: its ca, servername, cert and key; of the server, tls.server.mode and its certificate.',
  },
  RMQ_PROXY_FAILED: {
    kind: 'Unreachable',
    stored: 'no',
    retryable: true,
    meaning: 'The SOCKS proxy cannot be reached, does not let this client in, or does not reach the server.',
    advice: 'Check socksProxy: the network, address, username and password; and what the proxy allows.',
  },
  RMQ_CONNECTION_LOST: {
    kind: 'Unreachable',
    stored: 'maybe',
    retryable: true,
    meaning: 'The connection closed before the answer arrived.',
    advice: 'The broker may have stored the message: sending it again may store it twice, under the same unique key.',
  },
  RMQ_CONNECTION_STALLED: {
    kind: 'Unreachable',
    stored: 'no',
    retryable: true,
    meaning: 'The server does not read: too many bytes already wait in this process for its socket.',
    advice: 'Check that the server is not stopped or overloaded; other brokers go on being used.',
  },
  RMQ_BROKER_UNAVAILABLE: {
    kind: 'Unreachable',
    stored: 'no',
    retryable: true,
    meaning: 'The broker refused the message because it cannot write: full disk, shutting down, slave or read-only.',
    advice: 'Check the broker: disk usage, brokerPermission, role. The remark in detail says which.',
  },
  RMQ_STORE_NOT_OK: {
    kind: 'Unreachable',
    stored: 'maybe',
    retryable: true,
    meaning:
      'The broker stored the message, but not as safely as it is meant to; detail.status says what is missing. Told by the retry event only.',
    advice: 'Check the disk and the replicas of the broker; the message was also sent to another one.',
  },
  RMQ_CREDENTIALS_UNAVAILABLE: {
    kind: 'Unreachable',
    stored: 'no',
    retryable: true,
    meaning: 'The credentials function has not given usable credentials yet; nothing is sent without them.',
    advice: 'Look at the cause: the function threw, rejected, gave something else, or takes too long.',
  },
  RMQ_TRANSACTION_OPEN: {
    kind: 'Unreachable',
    stored: 'maybe',
    retryable: false,
    meaning:
      'The broker has not confirmed how the transaction ends: it refused, or did not answer, or its connection failed.',
    advice: 'Nothing is lost: the broker will ask checkTransaction, of this producer or another of its group.',
  },
  RMQ_ACCESS_DENIED: {
    kind: 'Rejected',
    stored: 'no',
    retryable: false,
    meaning: 'The server refused the credentials, or they do not allow this operation.',
    advice:
      'Check accessKey and secretKey (credentials) and what the user may do with this topic; the remark says which it is.',
  },
  RMQ_MESSAGE_REFUSED: {
    kind: 'Rejected',
    stored: 'no',
    retryable: false,
    meaning: 'The broker refused the message as illegal.',
    advice: 'The remark in detail names the rule; its limits may be lower than the defaults here (maxMessageSize).',
  },
  RMQ_TOPIC_REFUSED: {
    kind: 'Rejected',
    stored: 'no',
    retryable: false,
    meaning: 'The broker refuses to create the topic: its name is one of its own, or it does not know an attribute.',
    advice: 'The remark in detail names the rule; brokers of 5.0 and later know attributes such as message.type.',
  },
  RMQ_QUEUE_REFUSED: {
    kind: 'Rejected',
    stored: 'no',
    retryable: true,
    meaning: 'The broker does not have the queue that the route names: the topic was changed a moment ago.',
    advice:
      'Send again: the route is refreshed. If it goes on, compare the topic at the broker and at the name server.',
  },
  RMQ_TOPIC_MISSING: {
    kind: 'Rejected',
    stored: 'no',
    retryable: true,
    meaning: 'The broker does not know the topic and may not create it.',
    advice:
      'Create the topic (mqadmin updateTopic, or admin.createTopic), or allow autoCreateTopicEnable on the brokers.',
  },
  RMQ_OPERATION_REFUSED: {
    kind: 'Rejected',
    stored: 'no',
    retryable: false,
    meaning: 'The broker refuses the operation: it is too late for it, or it is about something of another broker.',
    advice: 'The remark in detail says which; a message that was delivered cannot be recalled any more.',
  },
  RMQ_RECALL_DISABLED: {
    kind: 'Rejected',
    stored: 'no',
    retryable: false,
    meaning: 'The broker does not let messages be recalled, although it gives out handles for it.',
    advice: 'Set recallMessageEnable=true on the brokers (5.3.2 and later).',
  },
  RMQ_MESSAGE_NOT_FOUND: {
    kind: 'Rejected',
    stored: 'no',
    retryable: true,
    meaning: 'No broker has the message that was asked for.',
    advice: 'Brokers need a moment until a new message can be found; old ones are deleted (fileReservedTime).',
  },
  RMQ_REQUESTER_MISSING: {
    kind: 'Rejected',
    stored: 'maybe',
    retryable: true,
    meaning:
      'The broker could not hand the reply to the client that asked: it does not hear it, or the client refused.',
    advice: 'The requester has gone, or is not connected to this broker; another broker may know it.',
  },
  RMQ_REQUEST_UNSUPPORTED: {
    kind: 'Rejected',
    stored: 'no',
    retryable: false,
    meaning: 'The server does not know this kind of request.',
    advice: 'Check the version of the server, and that the address belongs to the kind of server meant.',
  },
  RMQ_BROKER_TOO_OLD: {
    kind: 'Rejected',
    stored: 'no',
    retryable: false,
    meaning: 'The broker is of a release that would take the message and not do what it asks for.',
    advice:
      'detail.needed is the release it takes: use delayLevel below 5.0, leave priority and liteTopic out, or upgrade.',
  },
  RMQ_BROKER_ERROR: {
    kind: 'Rejected',
    stored: 'maybe',
    retryable: true,
    meaning: 'The broker answered with a system error that does not say whether the message was stored.',
    advice: 'The remark in detail is the broker’s own; look into its log at this time.',
  },
  RMQ_RESPONSE_UNKNOWN: {
    kind: 'Rejected',
    stored: 'maybe',
    retryable: false,
    meaning: 'The broker answered with a code that this client does not know.',
    advice: 'detail.responseCode and the remark say what the broker meant; please report it.',
  },
  RMQ_ATTEMPT_TIMEOUT: {
    kind: 'Deadline',
    stored: 'maybe',
    retryable: true,
    meaning: 'The broker did not answer within the time of one attempt.',
    advice: 'Check the broker’s load and the network; raise sendTimeoutMs or attemptTimeoutMs if it is only slow.',
  },
  RMQ_REPLY_TIMEOUT: {
    kind: 'Deadline',
    stored: 'maybe',
    retryable: false,
    meaning: 'The request was stored, and no reply to it came within its time.',
    advice:
      'Check that somebody consumes the topic and replies; the request may still be worked on. Or give it more time.',
  },
  RMQ_DEADLINE: {
    kind: 'Deadline',
    stored: 'no',
    retryable: true,
    meaning: 'The time for the whole message ran out before it was answered.',
    advice: 'The listed attempts say where the time went; raise sendTimeoutMs or look at those brokers.',
  },
  RMQ_TRANSACTION_TIMEOUT: {
    kind: 'Deadline',
    stored: 'maybe',
    retryable: false,
    meaning: 'The local work of a transaction, or the answer to a transaction check, took too long.',
    advice:
      'The broker will ask checkTransaction; raise localTimeoutMs or transactionChecks.timeoutMs if it is only slow.',
  },
  RMQ_PROTOCOL_VIOLATION: {
    kind: 'ProtocolViolation',
    stored: 'maybe',
    retryable: true,
    meaning: 'The peer sent bytes that are not the RocketMQ remoting protocol; the connection was closed.',
    advice: 'Check that the address belongs to a RocketMQ name server or broker, and whether it expects TLS.',
  },
  RMQ_CLOSED: {
    kind: 'Closed',
    stored: 'no',
    retryable: false,
    meaning: 'The producer was shut down.',
    advice: 'Create a new producer; shutdown() gives back what was not sent.',
  },
  RMQ_ABORTED: {
    kind: 'Closed',
    stored: 'no',
    retryable: true,
    meaning: 'The caller’s signal was aborted before the message had its outcome, or a wait was over.',
    advice: 'Where stored is maybe, it was already with a broker: sending it again may store it twice.',
  },
  RMQ_KEY_HALTED: {
    kind: 'Closed',
    stored: 'no',
    retryable: false,
    meaning: 'An earlier message of the same key failed, and later ones must not pass it (ordered: halt-key).',
    advice:
      'Send the message that failed (failedMsgId) and those after it again, in order, through a new subscription; or order with skip.',
  },
  RMQ_ABANDONED: {
    kind: 'Closed',
    stored: 'no',
    retryable: true,
    meaning: 'The stream was unsubscribed or failed before this message was sent.',
    advice: 'Nothing was sent; hand the message in again if it still matters.',
  },
} as const satisfies Record<`RMQ_${string}`, ErrorEntry>;

/** Stable, documented: match on these. */
export type ErrorCode = keyof typeof errorTable;
