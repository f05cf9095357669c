/**
 * What a caller can hand in wrong, for everything that `rx-rocketmq/testing` exports: entry point, input, and what the
 * error must say. A new function, method or option is one more row.
 */
import * as testing from '../../../src/testing/index.js';
import { RocketMQError } from '../../../src/errors/rocketmq-error.js';

const { startEmbeddedCluster, readTopic } = testing;

let cluster: testing.EmbeddedCluster;
beforeAll(async () => {
  cluster = await startEmbeddedCluster({ users: [{ accessKey: 'a', secretKey: 'b' }] });
});
afterAll(() => cluster.close());

/** As JavaScript calls it; the text that the error must have. */
type Row = readonly [entry: string, args: readonly unknown[], told: string];

const rows: readonly Row[] = [
  ['startEmbeddedCluster', [null], 'options of startEmbeddedCluster: it is null, it must be an object'],
  ['startEmbeddedCluster', ['5.5.0'], 'it is a string, it must be an object, perhaps { release: … }'],
  ['startEmbeddedCluster', [{ broker: 2 }], 'broker is not an option, did you mean brokers?'],
  ['startEmbeddedCluster', [{ brokers: 0 }], 'brokers is 0, it must be a whole number from 1 to 1000'],
  ['startEmbeddedCluster', [{ brokers: '2' }], "brokers is '2'"],
  ['startEmbeddedCluster', [{ release: '5.0.0' }], "release is '5.0.0', it must be '5.5.0' or '4.9.7'"],
  ['startEmbeddedCluster', [{ maxMessageBytes: Infinity }], 'maxMessageBytes is Infinity'],
  ['startEmbeddedCluster', [{ users: { accessKey: 'a' } }], 'users is an object, it must be an array of users'],
  ['startEmbeddedCluster', [{ users: [{ accessKey: 'a' }] }], 'secretKey is missing'],
  ['startEmbeddedCluster', [{ tls: true }], 'tls is true, it must be an object'],
  ['startEmbeddedCluster', [{ tls: { key: 'k' } }], 'tls.cert is missing'],
  ['startEmbeddedCluster', [{ transactions: { timeoutMs: '6000' } }], "transactions.timeoutMs is '6000'"],
  ['createTopic', [], 'topic is missing'],
  ['createTopic', ['orders', 4], 'it is a number, it must be an object, perhaps { queues: … }'],
  ['createTopic', ['orders', { queues: 0 }], 'queues is 0'],
  ['createTopic', ['orders', { perm: 'rw' }], "perm is 'rw'"],
  ['createTopic', ['orders', { type: 'fifo' }], "type is 'fifo', it must be 'NORMAL' or 'FIFO'"],
  ['setUser', ['alice'], 'user: it is a string, it must be an object'],
  ['setUser', [{ accessKey: 'a', secret: 'b' }], 'secretKey is missing'],
  ['placeStaticTopic', ['orders', 'broker-a'], "hosts is 'broker-a', it must be an array of broker names"],
  ['producers', [], 'group is missing'],
  ['count', [], 'topic is missing'],
  ['messages', [5], 'topic is 5'],
  ['messages$', [], 'topic is missing'],
  ['requests', ['SEND'], "request is 'SEND', it must be the name of a request in the protocol, or a whole number"],
  ['script', [], 'rule of script: it is undefined'],
  ['script', [testing.busy()], 'it is a function, it must be an object, perhaps { reply: … }'],
  ['script', [{ when: { code: 'SEND' }, reply: testing.busy() }], "when.code is 'SEND'"],
  ['script', [{ when: { time: 3 }, reply: testing.busy() }], 'when.time is not an option, did you mean times?'],
  [
    'script',
    [{ when: { probability: 50 }, reply: testing.busy() }],
    'when.probability is 50, it must be a number from 0',
  ],
  ['script', [{ reply: 'busy' }], "reply is 'busy', it must be a function from turn"],
  ['kill', [true], 'options of kill: it is a boolean, it must be an object, perhaps { staysInRoutes: … }'],
  ['goAway', [null], 'options of goAway: it is null'],
  ['refuse', [], 'code is missing'],
  ['refuse', ['BUSY'], "code is 'BUSY', it must be the name of an answer in the protocol"],
  ['delay', ['5'], "delayMs is '5', it must be a number from 0"],
  ['delay', [Number.NaN], 'delayMs is NaN'],
  ['disconnect', [], 'when is missing'],
  ['disconnect', ['before'], "when is 'before', it must be 'before-storing' or 'after-storing'"],
  ['duplicateAnswer', [-1], 'copies is -1'],
  ['amendAnswer', ['FLUSH_DISK_TIMEOUT'], 'it is a string, it must be an object, perhaps { code: … }'],
  ['amendAnswer', [{ status: 'x' }], 'status is not an option'],
  ['answerBytes', ['x'], "bytes is 'x', it must be a Uint8Array"],
  ['readTopic', [], 'nameServers is missing'],
  ['readTopic', ['127.0.0.1:1', 'orders', 5000], 'it is a number, it must be an object, perhaps { timeoutMs: … }'],
  ['readTopic', ['127.0.0.1:1', 'orders', { timeoutMs: '5' }], "timeoutMs is '5'"],
];

/** What is called `entry`: a function, or a method of the cluster or of its broker. */
function call(entry: string, args: readonly unknown[]): unknown {
  if (entry === 'readTopic') return Reflect.apply(readTopic, undefined, args).next();
  const [broker] = cluster.brokers;
  const owner = [testing, cluster, broker].find((one) => entry in one);
  return Reflect.apply(Reflect.get(owner ?? {}, entry), owner, args);
}

test.each(rows)('%s(%j) is told what was meant', async (entry, args, told) => {
  let thrown: unknown;
  try {
    await call(entry, args);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(RocketMQError);
  expect(thrown).toMatchObject({ code: 'RMQ_CONFIG_INVALID', message: expect.stringContaining(told) });
});

/** Take nothing that could be wrong. */
const TAKE_NOTHING = ['busy', 'drop', 'dropAnswer', 'close', 'restart', 'pause', 'stopReading', 'resume'];

test('every function and method has its rows', () => {
  const [broker] = cluster.brokers;
  const methods = [testing, cluster].flatMap((one) => Object.entries(one));
  const names = methods.filter(([, value]) => typeof value === 'function').map(([name]) => name);
  const ofServers = Object.getOwnPropertyNames(Object.getPrototypeOf(broker));
  const isGetter = (name: string) => Object.getOwnPropertyDescriptor(Object.getPrototypeOf(broker), name)?.get;
  const tested = new Set(rows.map(([entry]) => entry));
  const missing = [...names, ...ofServers.filter((name) => name !== 'constructor' && !isGetter(name))];
  expect(missing.filter((name) => !tested.has(name) && !TAKE_NOTHING.includes(name))).toEqual([]);
});
