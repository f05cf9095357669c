/**
 * What a caller can hand in wrong, for everything that the package exports: each row is an entry point, an input, the code
 * of the error, and what its text must say. A new function, method or option is one more row.
 */
import { Subject } from 'rxjs';
import * as rocketmq from '../../src/index.js';
import { RocketMQError } from '../../src/errors/rocketmq-error.js';
import { FlowGate } from '../../src/producer/flow/flow-gate.js';
import { ProducerAdmin } from '../../src/producer/admin/producer-admin.js';
import { Producer } from '../../src/producer/producer.js';

const config = { nameServers: '127.0.0.1:1', group: 'usage', logger: false } as const;
const producer = rocketmq.createProducer(config);
afterAll(() => producer.shutdown({ drain: false }));

const message = { topic: 'orders', body: 'x' };
const queue = { topic: 'orders', brokerName: 'broker-a', queueId: 0 };
const request = { properties: { CLUSTER: 'c', CORRELATION_ID: '1', REPLY_TO_CLIENT: 'me' } };
const { signal } = new AbortController();
const { admin } = producer;
const gate = rocketmq.createFlowGate();
const {
  admit,
  compressBody,
  createFlowGate,
  createProducer,
  fromPull,
  inTransaction,
  lookupRoute,
  requestReply,
  retryExcludingBroker,
  selectQueue,
  sendMessage,
  settle,
  toRocketMQ,
  validateMessage,
} = rocketmq;
const execute = () => 'commit' as const;

const CONFIG = 'RMQ_CONFIG_INVALID';
const ARGUMENT = 'RMQ_ARGUMENT_INVALID';
const MESSAGE = 'RMQ_MESSAGE_INVALID';

/** As JavaScript calls it. */
type Call = (...args: never[]) => unknown;
type Row = readonly [entry: Call, args: readonly unknown[], code: string, told: string];

/** A method, called on what it belongs to. */
const of = (target: object, method: string): Call =>
  Object.defineProperty(
    (...args: readonly unknown[]): unknown => Reflect.apply(Reflect.get(target, method), target, args),
    'name',
    { value: method },
  ) as Call;

/** What is no duration and no count, for every option that is one. */
const noNumbers = [Number.NaN, Infinity, -1, 2 ** 53, '5000', null, true, 5n];

const send = of(producer, 'send');
const sendBatch = of(producer, 'sendBatch');
const sendInTransaction = of(producer, 'sendInTransaction');
const ask = of(producer, 'request');
const reply = of(producer, 'reply');
const shutdown = of(producer, 'shutdown');
const queryMessages = of(admin, 'queryMessages');
const createTopic = of(admin, 'createTopic');

const rows: readonly Row[] = [
  // createProducer
  [createProducer, [], CONFIG, 'it is undefined, it must be an object'],
  [createProducer, [null], CONFIG, 'it is null, it must be an object'],
  [createProducer, ['host:9876'], CONFIG, 'it is a string, it must be an object'],
  [createProducer, [Promise.resolve(config)], CONFIG, 'it is a Promise, it must be an object'],
  [createProducer, [new Map(Object.entries(config))], CONFIG, 'it is a Map, it must be an object'],
  [
    createProducer,
    [{ ...config, window: 5 }],
    CONFIG,
    'window is not an option here, it belongs to the options of a pip',
  ],
  [
    createProducer,
    [{ ...config, lingerMs: 5 }],
    CONFIG,
    'lingerMs is not an option here, it belongs to batch in the opt',
  ],
  [createProducer, [{ ...config, sendTimeout: 5 }], CONFIG, 'did you mean sendTimeoutMs?'],
  [
    createProducer,
    [{ ...config, credentials: { accessKey: 'a', secretKey: 'b', token: 'c' } }],
    CONFIG,
    '"token" is none',
  ],
  [createProducer, [{ ...config, credentials: { accessKey: 5, secretKey: 'b' } }], CONFIG, 'accessKey is not a string'],
  [createProducer, [{ ...config, compress: 'zlib' }], CONFIG, 'an object or false, perhaps { codec: … }'],
  [createProducer, [{ ...config, hooks: () => 1 }], CONFIG, 'hooks is a function, it must be an object'],
  [createProducer, [{ ...config, hooks: new Map() }], CONFIG, 'hooks is a Map, it must be an object'],

  // What sends a stream
  [toRocketMQ, [], CONFIG, 'first argument of toRocketMQ (a producer, or { nameServers, group }): it is undefined'],
  [toRocketMQ, [null], CONFIG, 'first argument of toRocketMQ'],
  [toRocketMQ, ['host:9876'], CONFIG, 'it is a string, it must be an object'],
  [toRocketMQ, [new Subject()], CONFIG, 'the messages come through pipe()'],
  [toRocketMQ, [{ window: 5 }], CONFIG, 'window is not an option here, it belongs to the options of a pipeline'],
  [toRocketMQ, [producer, null], CONFIG, 'options of toRocketMQ: it is null, it must be an object'],
  [toRocketMQ, [producer, 'oneway'], CONFIG, 'it is a string, it must be an object, perhaps { mode: … }'],
  [toRocketMQ, [producer, signal], CONFIG, 'it is an AbortSignal, it must be an object, perhaps { until: … }'],
  [
    toRocketMQ,
    [producer, { batch: 32 }],
    CONFIG,
    'batch is 32, it must be an object or true or false, perhaps { messages: … }',
  ],
  [toRocketMQ, [producer, { batch: { messages: 32_768 } }], CONFIG, 'a whole number from 1 to 32767'],
  [toRocketMQ, [producer, { retry: 3 }], CONFIG, 'retry is 3, it must be an object or false, perhaps { retries: … }'],
  [toRocketMQ, [producer, { retries: 3 }], CONFIG, 'retries is not an option here, it belongs to '],
  [toRocketMQ, [producer, { buffer: 100 }], CONFIG, 'buffer is 100, it must be an object, perhaps { messages: … }'],
  [toRocketMQ, [producer, { ordered: () => 'key' }], CONFIG, 'an object or true or false, perhaps { key: … }'],
  [toRocketMQ, [producer, { signal: 'x' }], CONFIG, "signal is 'x', it must be an AbortSignal"],
  [toRocketMQ, [producer, { sendTimeoutMs: 5 }], CONFIG, 'it belongs to the configuration of createProducer'],
  [inTransaction, [], CONFIG, 'execute is missing'],
  [inTransaction, [producer], CONFIG, 'execute is missing'],
  [inTransaction, [producer, null], CONFIG, 'options of inTransaction: it is null'],
  [inTransaction, [producer, execute], CONFIG, 'it is a function, it must be an object, perhaps { selectQueue: … }'],
  [inTransaction, [producer, { execute, mode: 'oneway' }], CONFIG, 'mode is not an option here'],
  [inTransaction, ['host:9876', { execute }], CONFIG, 'first argument of inTransaction'],
  [requestReply, [], CONFIG, 'first argument of requestReply'],
  [requestReply, [producer, null], CONFIG, 'options of requestReply: it is null'],
  [requestReply, [producer, 5000], CONFIG, 'it is a number, it must be an object'],
  [requestReply, [producer, { mode: 'oneway' }], CONFIG, 'mode is not an option here'],
  [requestReply, [producer, { batch: true }], CONFIG, 'batch is not an option here'],
  [of(producer, 'sendEach'), [], CONFIG, 'arguments of fromPull: source is missing'],
  [
    of(producer, 'sendEach'),
    ['orders'],
    CONFIG,
    "source is 'orders', it must be an iterable, an async iterable, a stream",
  ],
  [of(producer, 'sendEach'), [[message], null], CONFIG, 'options of sendEach: it is null'],
  [of(producer, 'sendEach'), [[message], 'result'], CONFIG, 'options of sendEach: it is a string'],
  [of(producer, 'sendEach'), [message], CONFIG, 'source is an object, it must be an iterable'],
  [of(producer, 'writable'), [null], CONFIG, 'options of writable: it is null'],
  [of(producer, 'writable'), [{ highWaterMark: 1 }], CONFIG, 'highWaterMark is not an option'],

  // Sources and gates
  [rocketmq.mapAsync, [], ARGUMENT, 'project of mapAsync is no function'],
  [rocketmq.mapAsync, [execute, null], CONFIG, 'options of mapAsync: it is null'],
  [rocketmq.mapAsync, [execute, 16], CONFIG, 'it is a number, it must be an object, perhaps { concurrency: … }'],
  [rocketmq.mapAsync, [execute, { window: 16 }], CONFIG, 'window is not an option here'],
  [fromPull, [], CONFIG, 'source is missing, it must be an iterable, an async iterable, a stream, or a function'],
  [fromPull, [{}], CONFIG, 'source is an object, it must be an iterable'],
  [fromPull, ['rows'], CONFIG, "source is 'rows', it must be an iterable"],
  [fromPull, [Promise.resolve([])], CONFIG, 'source is a Promise, it must be an iterable'],
  [fromPull, [[1], { window: 5 }], CONFIG, 'gate is an object, it must be a gate of createFlowGate'],
  [createFlowGate, [null], CONFIG, 'options of the gate: it is null'],
  [createFlowGate, [5], CONFIG, 'it is a number, it must be an object, perhaps { window: … }'],
  [createFlowGate, [{ mode: 'oneway' }], CONFIG, 'mode is not an option here'],
  [of(gate, 'ready'), [5], CONFIG, 'signal is 5, it must be an AbortSignal'],
  [of(gate, 'ready'), [new AbortController()], CONFIG, 'signal is an AbortController, it must be an AbortSignal'],

  // One message
  [send, [], MESSAGE, 'a message is one object, { topic, body }, not undefined'],
  [send, ['orders', 'x'], MESSAGE, 'not a string: topic and body are fields of it'],
  [send, [[message]], MESSAGE, 'several are sent by sendBatch'],
  [send, [Promise.resolve(message)], MESSAGE, 'not a Promise: await it first'],
  [send, [{ ...message, tags: 'a' }], MESSAGE, 'did you mean tag?'],
  [send, [message, null], CONFIG, 'options of send(): it is null, it must be an object'],
  [send, [message, 'x'], CONFIG, 'options of send(): it is a string'],
  [send, [message, 5000], CONFIG, 'it is a number, it must be an object, perhaps { timeoutMs: … }'],
  [send, [message, signal], CONFIG, 'it is an AbortSignal, it must be an object, perhaps { signal: … }'],
  [send, [message, { signal: 'x' }], CONFIG, "signal is 'x', it must be an AbortSignal"],
  [send, [message, { timeout: 5 }], CONFIG, 'timeout is not an option, did you mean timeoutMs?'],
  [send, [message, { window: 5 }], CONFIG, 'window is not an option here, it belongs to the options of a pipeline'],
  [send, [message, { selectQueue: 'nearest' }], CONFIG, "selectQueue is 'nearest', it must be 'round-robin' or 'hash'"],
  [send, [message, { queue: 3 }], CONFIG, 'queue is 3, it must be a queue, { topic, brokerName, queueId }'],
  [send, [message, { queue: { ...queue, queueId: 2 ** 40 } }], MESSAGE, 'queueId of the queue is 1099511627776'],
  [sendBatch, [], MESSAGE, 'a batch is an array'],
  [sendBatch, [message], MESSAGE, 'a batch is an array'],
  [sendBatch, [[message, 'x']], MESSAGE, 'message 2 of 2 of the batch: a message is one object'],
  [sendBatch, [[message], null], CONFIG, 'options of sendBatch(): it is null'],
  [of(producer, 'sendOneway'), [message, null], CONFIG, 'options of sendOneway(): it is null'],
  [of(producer, 'sendOneway'), [message, { timeoutMs: 5 }], CONFIG, 'timeoutMs is not an option here'],
  [sendInTransaction, [message], CONFIG, 'execute is missing'],
  [sendInTransaction, [message, { execute }], CONFIG, 'execute is an object, it must be a function'],
  [sendInTransaction, [message, execute, null], CONFIG, 'options of sendInTransaction(): it is null'],
  [sendInTransaction, [undefined, execute], MESSAGE, 'a message is one object'],
  [ask, [message, null], CONFIG, 'options of request(): it is null'],
  [ask, [undefined], MESSAGE, 'a message is one object'],
  [reply, [undefined, 'x'], ARGUMENT, 'the message is no request'],
  [reply, [{}, 'x'], ARGUMENT, 'the message is no request'],
  [reply, [request, undefined], MESSAGE, 'a body is a string or a Uint8Array, not undefined'],
  [reply, [request, 'x', null], CONFIG, 'options of reply(): it is null'],

  // The life of a producer
  [of(producer, 'start'), ['x'], CONFIG, "signal is 'x', it must be an AbortSignal"],
  [of(producer, 'ready'), [null], CONFIG, 'options of ready(): it is null'],
  [of(producer, 'ready'), [signal], CONFIG, 'it is an AbortSignal, it must be an object, perhaps { signal: … }'],
  [of(producer, 'ready'), [{ topics: 'orders' }], CONFIG, "topics is 'orders', it must be an array of topics"],
  [of(producer, 'flush'), [5000], CONFIG, 'signal is 5000, it must be an AbortSignal'],
  [shutdown, [null], CONFIG, 'options of shutdown(): it is null'],
  [shutdown, [5000], CONFIG, 'it is a number, it must be an object, perhaps { timeoutMs: … }'],
  [shutdown, [{ timeout: 5 }], CONFIG, 'timeout is not an option, did you mean timeoutMs?'],
  [shutdown, [{ drain: 'no' }], CONFIG, "drain is 'no', it must be true or false"],
  [of(producer, 'recall'), [5, 'handle'], ARGUMENT, 'topic is 5'],
  [of(producer, 'recall'), ['orders'], ARGUMENT, 'recallHandle is missing'],
  [of(producer, 'recall'), ['orders', 'x'], ARGUMENT, 'this is not a recall handle of a receipt'],

  // Questions to brokers
  [createTopic, [], ARGUMENT, 'a topic needs a name'],
  [createTopic, ['orders', null], ARGUMENT, 'settings of createTopic(): it is null'],
  [createTopic, ['orders', { queue: 4 }], ARGUMENT, 'queue is not an option here, it belongs to the options of send()'],
  [createTopic, ['orders', { queues: '4' }], ARGUMENT, "queues is '4', it must be a whole number from 1 to 1024"],
  [createTopic, ['orders', { attributes: 'a=b' }], ARGUMENT, "attributes is 'a=b', it must be an object"],
  [of(admin, 'publishQueues'), [5], ARGUMENT, 'a topic needs a name'],
  [of(admin, 'minOffset'), [null], ARGUMENT, 'the queue is no object'],
  [of(admin, 'maxOffset'), [{ ...queue, queueId: '0' }], ARGUMENT, 'queueId of the queue is a string'],
  [of(admin, 'searchOffset'), [queue, '2026-01-01'], ARGUMENT, 'a string is not a time'],
  [of(admin, 'searchOffset'), [queue, new Date('never')], ARGUMENT, 'is not a time'],
  [of(admin, 'earliestStoreTime'), [], ARGUMENT, 'the queue is no object'],
  [of(admin, 'viewMessage'), ['orders', 5], ARGUMENT, 'the id is not a text'],
  [of(admin, 'viewMessage'), [undefined, 'id'], ARGUMENT, 'a topic needs a name'],
  [queryMessages, ['orders'], ARGUMENT, 'the key is not a text'],
  [queryMessages, ['orders', 'k', null], ARGUMENT, 'options of queryMessages(): it is null'],
  [queryMessages, ['orders', 'k', { from: '2026' }], ARGUMENT, "from is '2026', it must be a time"],
  [
    queryMessages,
    ['orders', 'k', { to: new Date('never') }],
    ARGUMENT,
    'to is a Date, it must be a time: a valid Date',
  ],
  [queryMessages, ['orders', 'k', { limit: 5 }], ARGUMENT, 'limit is not an option'],
  [queryMessages, ['orders', 'k', { from: 2, to: 1 }], ARGUMENT, 'from is later than to'],

  // The stages, each alone
  [validateMessage, [null], CONFIG, 'options of validateMessage: it is null'],
  [validateMessage, [{ maxMessageBytes: '5' }], CONFIG, "maxMessageBytes is '5', it must be a whole number"],
  [admit, [], CONFIG, 'to is missing, it must be a producer'],
  [admit, ['host:9876'], CONFIG, "to is 'host:9876', it must be a producer"],
  [admit, [producer, null], CONFIG, 'options of admit: it is null'],
  [admit, [producer, { window: 0 }], CONFIG, 'window is 0'],
  [compressBody, [null], CONFIG, 'options of compressBody: it is null'],
  [compressBody, ['zstd'], CONFIG, 'it is a string, it must be an object, perhaps { codec: … }'],
  [compressBody, [{ level: 10 }], CONFIG, 'compress.level is 10'],
  [lookupRoute, [], CONFIG, 'from is missing, it must be a producer'],
  [lookupRoute, [{}], CONFIG, 'from is an object, it must be a producer'],
  [selectQueue, ['nearest'], CONFIG, "selector is 'nearest'"],
  [selectQueue, ['hash', 'host:9876'], CONFIG, "producer is 'host:9876', it must be a producer of createProducer"],
  [selectQueue, ['hash', producer, null], CONFIG, 'options of selectQueue: it is null'],
  [sendMessage, [], CONFIG, 'producer is missing, it must be a producer of createProducer'],
  [sendMessage, [producer, { batch: { messages: 40_000 } }], CONFIG, 'a whole number from 1 to 32767'],
  [sendMessage, [producer, 'oneway'], CONFIG, 'it is a string, it must be an object, perhaps { mode: … }'],
  [retryExcludingBroker, [], CONFIG, 'attempt is missing, it must be an operator'],
  [
    retryExcludingBroker,
    [sendMessage(producer), 3],
    CONFIG,
    'it is a number, it must be an object, perhaps { retries: … }',
  ],
  [settle, ['result'], CONFIG, 'it is a string, it must be an object, perhaps { onFailure: … }'],
  [settle, [{ onFailure: 'ignore' }], CONFIG, "onFailure is 'ignore'"],
  [rocketmq.partitionOutcomes, [], CONFIG, 'outcomes is missing, it must be an Observable'],
  [rocketmq.partitionOutcomes, [[]], CONFIG, 'outcomes is an array, it must be an Observable'],

  // Times and numbers
  ...noNumbers.flatMap((given): Row[] => [
    [createProducer, [{ ...config, sendTimeoutMs: given }], CONFIG, 'sendTimeoutMs is '],
    [createProducer, [{ ...config, maxInFlight: given }], CONFIG, 'maxInFlight is '],
    [
      createProducer,
      [{ ...config, transactionChecks: { timeoutMs: given } }],
      CONFIG,
      'transactionChecks.timeoutMs is ',
    ],
    [toRocketMQ, [producer, { window: given }], CONFIG, 'window is '],
    [toRocketMQ, [producer, { batch: { lingerMs: given } }], CONFIG, 'batch.lingerMs is '],
    [requestReply, [producer, { timeoutMs: given }], CONFIG, 'timeoutMs is '],
    [inTransaction, [producer, { execute, localTimeoutMs: given }], CONFIG, 'localTimeoutMs is '],
    [send, [message, { timeoutMs: given }], CONFIG, 'timeoutMs is '],
    [sendBatch, [[message], { timeoutMs: given }], CONFIG, 'timeoutMs is '],
    [ask, [message, { timeoutMs: given }], CONFIG, 'timeoutMs is '],
    [reply, [request, 'x', { timeoutMs: given }], CONFIG, 'timeoutMs is '],
    [sendInTransaction, [message, execute, { localTimeoutMs: given }], CONFIG, 'localTimeoutMs is '],
    [shutdown, [{ timeoutMs: given }], CONFIG, 'timeoutMs is '],
    [of(producer, 'ready'), [{ timeoutMs: given }], CONFIG, 'timeoutMs is '],
    [createFlowGate, [{ windowBytes: given }], CONFIG, 'windowBytes is '],
    [admit, [producer, { timeoutMs: given }], CONFIG, 'timeoutMs is '],
    [retryExcludingBroker, [sendMessage(producer), { retries: given }], CONFIG, 'retries is '],
    [queryMessages, ['orders', 'k', { max: given }], ARGUMENT, 'max is '],
    [createTopic, ['orders', { queues: given }], ARGUMENT, 'queues is '],
  ]),
  [shutdown, [{ timeoutMs: 2 ** 31 }], CONFIG, 'timeoutMs is 2147483648, it must be a number from 0 to 2147483647'],
  [send, [message, { timeoutMs: 0 }], CONFIG, 'timeoutMs is 0, it must be a number above 0, and at most 2147483647'],
];

const shownArgument = (given: unknown): string => {
  if (given === producer) return 'producer';
  if (typeof given === 'bigint') return `${given}n`;
  if (typeof given !== 'object' || given === null) return String(given);
  const name = given.constructor.name;
  return name === 'Object' || name === 'Array'
    ? JSON.stringify(given, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
    : name;
};
const titled = rows.map(
  (row) => [`${row[0].name}(${row[1].map(shownArgument).join(', ')})`.slice(0, 100), row] as const,
);

test.each(titled)('%s is told what was meant', async (_title, [entry, args, code, told]) => {
  let thrown: unknown;
  try {
    await Reflect.apply(entry, undefined, args);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(RocketMQError);
  expect(thrown).toMatchObject({ code, stored: 'no', message: expect.stringContaining(told) });
});

test('nothing of it has started the producer or shut it down', () => {
  expect(['CREATE_JUST', 'RUNNING']).toContain(producer.state);
});

/** Take nothing that could be wrong, or are made by the library. */
const TAKE_NOTHING = [
  'failOnError',
  'metrics',
  'health',
  'pause',
  'resume',
  'whenOpen',
  'addSource',
  'attach',
  'detach',
];

const functionsOf = (target: object): string[] =>
  Object.entries(Object.getOwnPropertyDescriptors(target))
    .filter(([name, { value }]) => typeof value === 'function' && name !== 'constructor')
    .map(([name]) => name);

test('every function and method has its rows', () => {
  const exported = Object.entries(rocketmq)
    .filter(([name, value]) => typeof value === 'function' && !/^[A-Z]/.test(name))
    .map(([name]) => name);
  const methods = [Producer.prototype, ProducerAdmin.prototype, FlowGate.prototype].flatMap(functionsOf);
  const tested = new Set(rows.map(([entry]) => entry.name));
  expect([...exported, ...methods].filter((name) => !tested.has(name) && !TAKE_NOTHING.includes(name))).toEqual([]);
});
