/** The embedded proxy, compared with what a real one of 5.5.0 answered to the same requests. */
import { call } from '../../../src/connection/call.js';
import { ConnectionPool } from '../../../src/connection/connection-pool.js';
import { silentLogger } from '../../../src/observe/logger.js';
import { createProducer } from '../../../src/create-producer.js';
import { getMaxOffset } from '../../../src/protocol/requests/get-max-offset.js';
import { getRouteInfo } from '../../../src/protocol/requests/get-route-info.js';
import { heartBeat } from '../../../src/protocol/requests/heart-beat.js';
import { sendMessage } from '../../../src/protocol/requests/send-message.js';
import type { RemoteCall } from '../../../src/protocol/remote-call.js';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../src/testing/index.js';
import { Clock } from '../../../src/time/clock.js';
import { DeadlineSweep } from '../../../src/time/deadline-sweep.js';
import { RawClient } from './raw-client.js';

const open: { cluster?: EmbeddedCluster; pool?: ConnectionPool } = {};

beforeEach(async () => {
  open.cluster = await startEmbeddedCluster({ brokers: 2, proxy: true });
  const clock = new Clock();
  open.pool = new ConnectionPool({ clock, sweep: new DeadlineSweep(clock), logger: silentLogger });
});
afterEach(async () => {
  open.pool?.closeAll();
  await open.cluster?.close();
});

function cluster(): EmbeddedCluster {
  if (open.cluster === undefined) throw new Error('no test runs');
  return open.cluster;
}

function ask<Request, Response>(remoteCall: RemoteCall<Request, Response>, request: Request): Promise<Response> {
  const connection = open.pool?.get(cluster().proxy?.address ?? '');
  if (connection === undefined) throw new Error('no test runs');
  return call(connection, remoteCall, request, new Clock().now() + 500);
}

const send = (given: { readonly topic?: string; readonly brokerName?: string; readonly properties?: string }) =>
  ask(sendMessage, {
    producerGroup: 'g',
    topic: 'orders',
    defaultTopic: 'TBW102',
    defaultTopicQueueNums: 4,
    queueId: 0,
    sysFlag: 0,
    bornAt: 1,
    flag: 0,
    body: Buffer.from('x'),
    ...given,
  });

test('is all brokers of every route', async () => {
  cluster().createTopic('orders', { queues: 2 });
  const { brokerDatas, queueDatas } = await ask(getRouteInfo, { topic: 'orders' });
  expect(brokerDatas.map(({ brokerAddrs }) => brokerAddrs.get(0))).toEqual([
    cluster().proxy?.address,
    cluster().proxy?.address,
  ]);
  expect(queueDatas).toHaveLength(2);
  await expect(ask(getRouteInfo, { topic: 'none' })).rejects.toMatchObject({ code: 'RMQ_TOPIC_MISSING' });
});

test('passes a message on to the broker it names', async () => {
  cluster().createTopic('orders');
  expect(await send({ brokerName: 'broker-b' })).toMatchObject({ status: 'SEND_OK', traceOn: 'false' });
  expect(cluster().messages('orders')[0]?.queue.brokerName).toBe('broker-b');
  expect((await ask(getMaxOffset, { topic: 'orders', queueId: 0, brokerName: 'broker-b' })).offset).toBe(1n);
});

test.each([
  ['a send that names no broker', () => send({}), 15, "Request doesn't have field bname"],
  [
    'a question that names no broker',
    () => ask(getMaxOffset, { topic: 'orders', queueId: 0 }),
    15,
    "Request doesn't have field bname",
  ],
  [
    'a message for a topic that does not exist',
    () => send({ topic: 'fresh', brokerName: 'broker-a' }),
    13,
    'TopicMessageType validate failed, the expected type is UNSPECIFIED, but actual type is NORMAL',
  ],
  [
    'a delayed message for a topic of normal ones',
    () => send({ brokerName: 'broker-a', properties: 'DELAY\u00013\u0002' }),
    13,
    'TopicMessageType validate failed, the expected type is NORMAL, but actual type is DELAY',
  ],
  [
    'a message with a key for a topic of normal ones',
    () => send({ brokerName: 'broker-a', properties: '__SHARDINGKEY\u00013\u0002' }),
    13,
    'TopicMessageType validate failed, the expected type is NORMAL, but actual type is FIFO',
  ],
])('refuses %s', async (_what, asking, responseCode, remark) => {
  cluster().createTopic('orders');
  await expect(asking()).rejects.toMatchObject({ detail: { responseCode, remark } });
  expect(cluster().count('orders')).toBe(0);
});

test('takes every message for a topic of mixed ones', async () => {
  cluster().createTopic('orders', { type: 'MIXED' });
  await send({ brokerName: 'broker-a', properties: '__SHARDINGKEY\u00013\u0002' });
  await send({ brokerName: 'broker-a', properties: 'TRAN_MSG\u0001false\u0002' });
  expect(cluster().count('orders')).toBe(2);
});

test('says nothing about a broker that nobody knows, nor about one that is down', async () => {
  cluster().createTopic('orders');
  await expect(send({ brokerName: 'broker-z' })).rejects.toMatchObject({ code: 'RMQ_ATTEMPT_TIMEOUT' });
  await cluster().brokers[0].kill();
  await expect(send({ brokerName: 'broker-a' })).rejects.toMatchObject({ code: 'RMQ_ATTEMPT_TIMEOUT' });
});

test('tells brokers who is there', async () => {
  await ask(heartBeat, { clientId: 'c@1', producerGroups: ['g'] });
  expect(
    cluster()
      .producers('g')
      .map(({ brokerName }) => brokerName),
  ).toEqual(['broker-a', 'broker-b']);
});

test('serves a producer that knows nothing else', async () => {
  cluster().createTopic('orders', { queues: 2 });
  const producer = createProducer({ nameServers: cluster().proxy?.address ?? '', group: 'g', logger: false });
  await Promise.all(Array.from({ length: 8 }, () => producer.send({ topic: 'orders', body: 'x' })));
  const stored = cluster().messages('orders');
  expect([stored.length, new Set(stored.map(({ queue }) => queue.brokerName)).size]).toEqual([8, 2]);
  expect(cluster().nameServer.connections).toHaveLength(0);
  await producer.shutdown();
});

test('is there only where it is wanted', async () => {
  const plain = await startEmbeddedCluster();
  expect(plain.proxy).toBeUndefined();
  await plain.close();
});

describe('with access control', () => {
  const user = { accessKey: 'user', secretKey: 'secret' };
  const limited = { accessKey: 'limited', secretKey: 'secret' };
  const users = [user, { ...limited, topics: ['orders'] }];

  // The remarks are those of a real one; the code is the one it has for everything that it does not expect.
  test.each([
    ['who is nobody', undefined, 'username cannot be null.'],
    ['whom it does not know', { ...user, accessKey: 'other' }, 'User:other is not found.'],
    ['who has another secret', { ...user, secretKey: 'other' }, 'check signature failed.'],
    [
      'who may use another topic',
      limited,
      'User:limited has no permission to access Topic:items from 127.0.0.1, no matched policies.',
    ],
  ])('tells no route to one %s', async (_, credentials, remark) => {
    await using guarded = await startEmbeddedCluster({ proxy: true, users });
    guarded.createTopic('items');
    const nameServers = guarded.proxy?.address ?? '';
    const producer = createProducer({ nameServers, group: 'g', logger: false, ...(credentials && { credentials }) });
    const error: unknown = await producer.send({ topic: 'items', body: 'x' }).catch((thrown: unknown) => thrown);
    await producer.shutdown();
    expect(error).toMatchObject({ code: 'RMQ_ACCESS_DENIED', detail: { responseCode: 1, remark } });
  });

  test('lets those in who are known, and everybody to what it does not serve', async () => {
    await using guarded = await startEmbeddedCluster({ proxy: true, users });
    guarded.createTopic('orders');
    for (const credentials of [user, limited]) {
      const given = { nameServers: guarded.proxy?.address ?? '', group: 'g', logger: false, credentials } as const;
      const producer = createProducer(given);
      await producer.send({ topic: 'orders', body: 'x' });
      await producer.shutdown();
    }
    expect(guarded.count('orders')).toBe(2);
    const client = await RawClient.connect(guarded.proxy?.address ?? '');
    expect(await client.request(9999)).toMatchObject({ code: 3, remark: ' request type 9999 not supported' });
    await client.close();
  });
});
