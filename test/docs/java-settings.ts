/**
 * What the settings of the Java client are here, and its questions about topics and messages, as tables: each with the
 * option or method that it is, or the reason why it is none. Checked against the option tables (`java-settings.test.ts`)
 * and the classes of the Java client (`test/real/java-sends.test.ts`); printed by `java-settings-page.ts`.
 */

export interface JavaSetting {
  /** Setters, as the Java client declares them, without the packages of their types. */
  readonly java: readonly string[];
  /** The paths of our options; of the pipeline's with `PipelineOptions.` before them. None: it is not here. */
  readonly ours: readonly string[];
  /** What differs, or why it is not here, in a sentence. */
  readonly differs?: string;
}

const FOR_CONSUMERS = 'It is of consumers.';
const NO_THREADS = 'There are no threads to give work to: everything happens in the event loop.';

export const javaSettings: readonly JavaSetting[] = [
  { java: ['setProducerGroup(String)'], ours: ['group'] },
  {
    java: ['setNamesrvAddr(String)'],
    ours: ['nameServers'],
    differs: 'Where nothing is given, and no environment variable says more, creating the producer fails at once.',
  },
  {
    java: ['setNamespace(String)'],
    ours: ['namespace'],
  },
  { java: ['setNamespaceV2(String)'], ours: ['namespaceV2'] },
  {
    java: ['setInstanceName(String)', 'changeInstanceNameToPID()'],
    ours: ['instanceName'],
    differs:
      'Producers of another cluster, or that want TLS where there is none, are refused instead of sent elsewhere.',
  },
  { java: ['setUnitName(String)'], ours: ['unitName'] },
  { java: ['setUnitMode(boolean)'], ours: ['unitMode'] },
  { java: ['setClientIP(String)'], ours: ['clientIp'] },
  {
    java: ['setUseTLS(boolean)'],
    ours: ['tls'],
    differs: 'Servers are verified unless `rejectUnauthorized` is false; Java trusts everybody by default.',
  },
  {
    java: ['setSocksProxyConfig(String)'],
    ours: ['socksProxy'],
    differs: 'An object with the same content as the JSON text.',
  },
  { java: ['setVipChannelEnabled(boolean)', 'setSendMessageWithVIPChannel(boolean)'], ours: ['vipChannel'] },
  {
    java: ['setSendMsgTimeout(int)'],
    ours: ['sendTimeoutMs'],
    differs: 'For synchronous and asynchronous sends alike.',
  },
  {
    java: ['setSendMsgMaxTimeoutPerRequest(int)'],
    ours: ['attemptTimeoutMs'],
    differs: 'Holds for the last attempt too. When absent, an attempt gets half of the time left, not all of it.',
  },
  {
    java: ['setRetryTimesWhenSendFailed(int)', 'setRetryTimesWhenSendAsyncFailed(int)'],
    ours: ['retries'],
    differs: 'All sends are retried by one rule. For one pipeline: `retry`.',
  },
  {
    java: ['addRetryResponseCode(int)'],
    ours: ['retryableCodes'],
    differs: 'The whole list, in place of the default one; refusals of access and of the message are never retried.',
  },
  { java: ['setRetryAnotherBrokerWhenNotStoreOK(boolean)'], ours: ['retryAnotherBrokerWhenNotStoreOk'] },
  {
    java: ['setSendLatencyFaultEnable(boolean)', 'setSendLatencyEnable(boolean)'],
    ours: ['latencyFaultTolerance'],
    differs: 'What a broker refuses for good does not count against it.',
  },
  { java: ['setStartDetectorEnable(boolean)'], ours: ['latencyFaultTolerance'], differs: '`{ detector: true }`.' },
  {
    java: ['setLatencyMax(long[])', 'setNotAvailableDuration(long[])'],
    ours: [],
    differs:
      'The tables of 5.1.4 and later are built in: 550 ms leave a broker alone for 2 s, 15 s for 30 s. Older clients had a broker rest for up to ten minutes.',
  },
  {
    java: ['setDetectInterval(int)', 'setDetectTimeout(int)'],
    ours: [],
    differs:
      'Brokers that failed are asked every 3 s, with 200 ms for the answer; that is what the defaults amount to.',
  },
  { java: ['setCompressMsgBodyOverHowmuch(int)'], ours: ['compress.overBytes'] },
  { java: ['setCompressLevel(int)'], ours: ['compress.level'] },
  { java: ['setCompressType(CompressionType)'], ours: ['compress.codec'] },
  { java: ['setMaxMessageSize(int)'], ours: ['maxMessageBytes'] },
  {
    java: ['setCreateTopicKey(String)'],
    ours: ['createTopicKey'],
    differs: 'In Java 5.x the stand-in for a topic that does not exist is `TBW102`, whatever this says.',
  },
  { java: ['setDefaultTopicQueueNums(int)'], ours: ['defaultTopicQueueNums'] },
  { java: ['setTopics(List<String>)'], ours: ['warmUpTopics'] },
  { java: ['setPollNameServerInterval(int)'], ours: ['routeRefreshMs'] },
  { java: ['setHeartbeatBrokerInterval(int)'], ours: ['heartbeatMs'] },
  {
    java: ['setEnableTrace(boolean)', 'setTraceTopic(String)', 'setTraceMsgBatchNum(int)'],
    ours: ['trace'],
  },
  {
    java: ['setAutoBatch(boolean)'],
    ours: ['PipelineOptions.batch'],
    differs: 'Each message keeps its own receipt.',
  },
  { java: ['batchMaxDelayMs(int)'], ours: ['PipelineOptions.batch.lingerMs'], differs: 'Default 0, not 10 ms.' },
  { java: ['batchMaxBytes(long)'], ours: ['PipelineOptions.batch.bytes'], differs: 'Default 64 KiB, not 32.' },
  {
    java: ['totalBatchMaxBytes(long)', 'initProduceAccumulator()'],
    ours: ['PipelineOptions.windowBytes'],
    differs: 'What waits for its batch is in flight: the window bounds it.',
  },
  {
    java: [
      'setBackPressureForAsyncSendNum(int)',
      'setBackPressureForAsyncSendSize(int)',
      'setEnableBackpressureForAsyncMode(boolean)',
    ],
    ours: ['PipelineOptions.window', 'PipelineOptions.windowBytes', 'maxInFlight', 'maxInFlightBytes'],
    differs: 'Always on. What does not fit waits or slows its source down; in Java it blocks the caller, then fails.',
  },
  {
    java: ['setBackPressureForAsyncSendNumInsideAdjust(int)', 'setBackPressureForAsyncSendSizeInsideAdjust(int)'],
    ours: [],
    differs: "Internal to Java. `window: 'auto'` adjusts itself.",
  },
  {
    java: ['setTransactionListener(TransactionListener)', 'setTransactionCheckListener(TransactionCheckListener)'],
    ours: ['checkTransaction'],
    differs: 'The local work comes with each message: `sendInTransaction`.',
  },
  {
    java: ['setExecutorService(ExecutorService)', 'setCheckThreadPoolMinSize(int)', 'setCheckThreadPoolMaxSize(int)'],
    ours: ['transactionChecks.concurrency'],
  },
  { java: ['setCheckRequestHoldMax(int)'], ours: ['transactionChecks.waiting'] },
  {
    java: [
      'setAsyncSenderExecutor(ExecutorService)',
      'setCallbackExecutor(ExecutorService)',
      'setClientCallbackExecutorThreads(int)',
    ],
    ours: [],
    differs: NO_THREADS,
  },
  {
    java: ['setEnableConcurrentHeartbeat(boolean)', 'setConcurrentHeartbeatThreadPoolSize(int)'],
    ours: [],
    differs: 'Heartbeats never wait for each other.',
  },
  {
    java: ['setEnableHeartbeatChannelEventListener(boolean)'],
    ours: [],
    differs: 'Always on: a broker hears who is here on each new connection.',
  },
  {
    java: ['setUseHeartbeatV2(boolean)'],
    ours: [],
    differs: 'It leaves the subscriptions of consumers out of heartbeats; a producer has none.',
  },
  {
    java: ['setMqClientApiTimeout(int)'],
    ours: [],
    differs:
      'Name servers have 2.5 s, less than a message, so that it can say what was wrong; questions of `admin` have 6 s.',
  },
  {
    java: ['setLanguage(LanguageCode)'],
    ours: [],
    differs: 'Always OTHER, which all servers know; NODE_JS is known since 5.3.2 only.',
  },
  {
    java: ['setAccessChannel(AccessChannel)'],
    ours: [],
    differs: 'It chooses the trace topic of one cloud; `trace: { topic }` names any.',
  },
  { java: ['setEnableStreamRequestType(boolean)'], ours: ['streamRequestType'] },
  {
    java: ['setDecodeReadBody(boolean)', 'setDecodeDecompressBody(boolean)'],
    ours: [],
    differs: 'Messages that `admin` finds always have their bodies, decompressed.',
  },
  { java: ['setMaxPageSizeInGetMetadata(int)'], ours: [], differs: 'It is of administration tools.' },
  {
    java: ['setPersistConsumerOffsetInterval(int)', 'setPullTimeDelayMillsWhenException(long)'],
    ours: [],
    differs: FOR_CONSUMERS,
  },
];

/** What is no setter in Java: constructors, other calls, properties of the JVM. */
export const javaRegistrations: readonly { readonly java: string; readonly ours: readonly string[] }[] = [
  { java: 'RPCHook of a constructor, or registered', ours: ['hooks.beforeRequest', 'hooks.afterResponse'] },
  { java: 'AclClientRPCHook of a constructor', ours: ['credentials'] },
  { java: 'registerSendMessageHook', ours: ['hooks.beforeSend', 'hooks.afterSend'] },
  { java: 'registerCheckForbiddenHook', ours: ['hooks.checkForbidden'] },
  { java: 'registerEndTransactionHook', ours: ['hooks.endTransaction'] },
  { java: '-Drocketmq.zone, -Drocketmq.zone.mode, ROCKETMQ_ZONE, ROCKETMQ_ZONE_MODE', ours: ['zone'] },
];

/** Where Java is configured from outside of the program. */
export const javaEnvironment: readonly { readonly java: string; readonly here: string }[] = [
  { java: 'NAMESRV_ADDR', here: 'The same.' },
  { java: '-Drocketmq.namesrv.addr', here: '`nameServers`.' },
  {
    java: '-Drocketmq.namesrv.domain, -Drocketmq.namesrv.domain.subgroup',
    here: '`nameServers: { domain, subgroup }`, or ROCKETMQ_NAMESRV_DOMAIN and ROCKETMQ_NAMESRV_DOMAIN_SUBGROUP. No domain is the default: in Java that of a vendor is asked.',
  },
  { java: '-Drocketmq.client.name', here: '`instanceName`.' },
  { java: '-Dcom.rocketmq.sendMessageWithVIPChannel', here: '`vipChannel`.' },
  { java: '-Dtls.enable and the other tls.*', here: '`tls`, with the options of Node’s `tls.connect`.' },
  {
    java: '-Drocketmq.serialize.type, ROCKETMQ_SERIALIZE_TYPE',
    here: '`header`; where absent, binary as soon as the server is known.',
  },
];

/** The questions of `MQAdmin`, which the producer of Java answers too. */
export const javaQuestions: readonly {
  readonly java: readonly string[];
  readonly ours: string;
  readonly differs?: string;
}[] = [
  {
    java: [
      'createTopic(String, String, int)',
      'createTopic(String, String, int, Map<String, String>)',
      'createTopic(String, String, int, int)',
      'createTopic(String, String, int, int, Map<String, String>)',
    ],
    ours: 'createTopic(topic, { createTopicKey, queues, attributes })',
    differs: 'The first argument of Java is `createTopicKey`; the flags of the topic follow `unitMode`.',
  },
  { java: ['fetchPublishMessageQueues(String)'], ours: 'publishQueues(topic)' },
  { java: ['searchOffset(MessageQueue, long)'], ours: 'searchOffset(queue, at)' },
  { java: ['maxOffset(MessageQueue)'], ours: 'maxOffset(queue)' },
  { java: ['minOffset(MessageQueue)'], ours: 'minOffset(queue)' },
  {
    java: ['earliestMsgStoreTime(MessageQueue)'],
    ours: 'earliestStoreTime(queue)',
    differs: 'An empty queue has none: RMQ_MESSAGE_NOT_FOUND, where Java says -1.',
  },
  {
    java: ['viewMessage(String)', 'viewMessage(String, String)'],
    ours: 'viewMessage(topic, id)',
    differs: 'Either id will do; only brokers of the topic are asked, whatever address the id names.',
  },
  {
    java: ['queryMessage(String, String, int, long, long)'],
    ours: 'queryMessages(topic, key, { max, from, to })',
    differs: 'Nothing found is an empty list, where Java throws.',
  },
];
