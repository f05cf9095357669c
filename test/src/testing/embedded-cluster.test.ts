import { once } from 'node:events';
import { createServer } from 'node:net';
import { firstValueFrom, take, toArray } from 'rxjs';
import { createProducer } from '../../../src/create-producer.js';
import { encodeBatchBody } from '../../../src/protocol/batch-body.js';
import { parseRouteData } from '../../../src/protocol/parse-route-data.js';
import type { TopicRouteData } from '../../../src/protocol/route-data.js';
import { type EmbeddedCluster, type EmbeddedClusterOptions, startEmbeddedCluster } from '../../../src/testing/index.js';
import { type RawAnswer, RawClient, sendFields } from './raw-client.js';

let cluster: EmbeddedCluster | undefined;
let clients: RawClient[] = [];
afterEach(async () => {
  for (const client of clients) await client.close();
  clients = [];
  await cluster?.close();
});

async function start(options?: EmbeddedClusterOptions): Promise<EmbeddedCluster> {
  cluster = await startEmbeddedCluster(options);
  return cluster;
}

async function connect(to: { readonly address: string } | undefined): Promise<RawClient> {
  const client = await RawClient.connect(to?.address ?? '');
  clients.push(client);
  return client;
}

function send(to: RawClient, fields: Record<string, string> = {}, body = 'hello'): Promise<RawAnswer> {
  return to.request('SEND_MESSAGE_V2', { fields: sendFields(fields), body: Buffer.from(body) });
}

/** The route as the name server tells it; undefined where there is none. */
async function routeOf(on: EmbeddedCluster, topic: string): Promise<TopicRouteData | undefined> {
  const client = await connect(on.nameServer);
  const { code, body } = await client.request('GET_ROUTEINFO_BY_TOPIC', { fields: { topic } });
  return code === 0 ? parseRouteData(Buffer.from(body ?? [])) : undefined;
}

const brokersIn = (route: TopicRouteData | undefined): readonly string[] | undefined =>
  route?.brokerDatas.map(({ brokerName }) => brokerName).toSorted();

describe('topics', () => {
  test('are created with queues and permission on every broker', async () => {
    const on = await start({ brokers: 3 });
    on.createTopic('orders', { queues: 5, perm: 4 });
    const route = await routeOf(on, 'orders');
    expect(brokersIn(route)).toEqual(['broker-a', 'broker-b', 'broker-c']);
    expect(route?.queueDatas.map((data) => [data.readQueueNums, data.writeQueueNums, data.perm])).toEqual(
      Array.from({ length: 3 }, () => [5, 5, 4]),
    );
    const addresses = route?.brokerDatas.map(({ brokerName, brokerAddrs }) => [brokerName, brokerAddrs.get(0)]);
    expect(new Map(addresses as [string, string][])).toEqual(
      new Map(on.brokers.map(({ name, address }) => [name, address])),
    );
  });

  test('have 8 queues and can be read and written unless said otherwise', async () => {
    const on = await start();
    on.createTopic('orders');
    expect((await routeOf(on, 'orders'))?.queueDatas).toEqual([
      { brokerName: 'broker-a', readQueueNums: 8, writeQueueNums: 8, perm: 6, topicSysFlag: 0 },
    ]);
  });

  test('are created by sending, on the broker that was sent to, like the default topic', async () => {
    const on = await start({ brokers: 2, queues: 3 });
    expect(await routeOf(on, 'topic')).toBeUndefined();
    const defaultRoute = await routeOf(on, 'TBW102');
    expect(defaultRoute?.queueDatas.map(({ writeQueueNums, perm }) => [writeQueueNums, perm])).toEqual([
      [3, 7],
      [3, 7],
    ]);
    expect((await send(await connect(on.brokers[1]))).code).toBe(0);
    expect((await routeOf(on, 'topic'))?.queueDatas).toEqual([
      { brokerName: 'broker-b', readQueueNums: 3, writeQueueNums: 3, perm: 6, topicSysFlag: 0 },
    ]);
  });

  test('are not created where that is switched off', async () => {
    const on = await start({ autoCreateTopics: false });
    expect(await routeOf(on, 'TBW102')).toBeUndefined();
    expect((await send(await connect(on.brokers[0]))).code).toBe(17);
    expect(on.count('topic')).toBe(0);
  });
});

describe('what is stored', () => {
  test('can be read by broker, queue and offset', async () => {
    const on = await start({ brokers: 2 });
    on.createTopic('topic', { queues: 2 });
    const [a, b] = [await connect(on.brokers[0]), await connect(on.brokers[1])];
    await send(b, { e: '1' }, 'b1');
    await send(a, { e: '1', i: 'UNIQ_KEY\u0001K2\u0002TAGS\u0001t\u0002KEYS\u0001k\u0002' }, 'a1');
    await send(a, { e: '0' }, 'a0');
    const answer = await send(a, { e: '1' }, 'a1 again');
    const messages = on.messages('topic');
    expect(
      messages.map(({ body, queue, queueOffset }) => [String(body), queue.brokerName, queue.queueId, queueOffset]),
    ).toEqual([
      ['a0', 'broker-a', 0, 0n],
      ['a1', 'broker-a', 1, 0n],
      ['a1 again', 'broker-a', 1, 1n],
      ['b1', 'broker-b', 1, 0n],
    ]);
    expect(messages[1]).toMatchObject({ msgId: 'K2', tag: 't', keys: ['k'] });
    expect(messages[2]?.offsetMsgId).toBe(answer.fields.get('msgId'));
    expect([on.count('topic'), on.count('other'), on.messages('other')]).toEqual([4, 0, []]);
  });

  test('can be watched: what is there, then what comes', async () => {
    const on = await start({ brokers: 2 });
    on.createTopic('topic');
    const [a, b] = [await connect(on.brokers[0]), await connect(on.brokers[1])];
    await send(a, {}, 'before');
    const watched = firstValueFrom(on.messages$('topic').pipe(take(4), toArray()));
    await send(b, {}, 'after');
    await send(a, { b: 'other' }, 'another topic');
    const members = ['m1', 'm2', 'm3'].map((body) => ({ flag: 0, body: Buffer.from(body), properties: '' }));
    await a.request('SEND_BATCH_MESSAGE', { fields: sendFields({ m: 'true' }), body: encodeBatchBody(members) });
    expect((await watched).map(({ body }) => String(body))).toEqual(['before', 'after', 'm1', 'm2']);
  });

  test('can still be read when the cluster is closed', async () => {
    const on = await start();
    await send(await connect(on.brokers[0]));
    await on.close();
    await on.close();
    expect(on.messages('topic').map(({ body }) => String(body))).toEqual(['hello']);
  });

  test('is only ids where bodies are not wanted', async () => {
    const on = await start({ storeBodies: false });
    await send(await connect(on.brokers[0]));
    expect(on.messages('topic')).toMatchObject([{ msgId: 'KEY', queueOffset: 0n }]);
    expect(on.messages('topic')[0]?.body).toHaveLength(0);
  });
});

describe('brokers that come and go', () => {
  test('a killed broker leaves the routes at once and comes back with what it stored', async () => {
    const on = await start({ brokers: 2 });
    on.createTopic('topic');
    await send(await connect(on.brokers[0]));
    await on.brokers[0]?.kill();
    expect(brokersIn(await routeOf(on, 'topic'))).toEqual(['broker-b']);
    await on.brokers[0]?.restart();
    expect(brokersIn(await routeOf(on, 'topic'))).toEqual(['broker-a', 'broker-b']);
    expect((await send(await connect(on.brokers[0]))).fields.get('queueOffset')).toBe('1');
    expect(on.count('topic')).toBe(2);
  });

  test('a broker whose death nobody noticed stays in the routes', async () => {
    const on = await start({ brokers: 2 });
    on.createTopic('topic');
    await on.brokers[0]?.kill({ staysInRoutes: true });
    expect(brokersIn(await routeOf(on, 'topic'))).toEqual(['broker-a', 'broker-b']);
  });

  test('an emptied name server knows nobody until the living register again', async () => {
    const on = await start({ brokers: 2 });
    on.createTopic('topic');
    await on.brokers[0]?.kill();
    on.nameServer.empty();
    expect(await routeOf(on, 'topic')).toBeUndefined();
    on.nameServer.refill();
    expect(brokersIn(await routeOf(on, 'topic'))).toEqual(['broker-b']);
  });

  test('a broker that creates a topic registers at once', async () => {
    const on = await start({ brokers: 2 });
    on.nameServer.empty();
    await send(await connect(on.brokers[1]));
    expect(brokersIn(await routeOf(on, 'topic'))).toEqual(['broker-b']);
  });

  test('a restarted name server serves on the same port', async () => {
    const on = await start();
    on.createTopic('topic');
    await on.nameServer.kill();
    await on.nameServer.restart();
    expect(on.nameServer.address).toBe(on.nameServers);
    expect(brokersIn(await routeOf(on, 'topic'))).toEqual(['broker-a']);
  });
});

test('a cluster without brokers is none', async () => {
  await expect(startEmbeddedCluster({ brokers: 0 })).rejects.toMatchObject({ code: 'RMQ_CONFIG_INVALID' });
});

test('a broker whose port was taken says so, and can be restarted when it is free', async () => {
  const on = await start({ brokers: 2 });
  await on.brokers[0].kill();
  const thief = createServer().listen(Number(on.brokers[0].address.split(':')[1]), '127.0.0.1');
  await once(thief, 'listening');
  await expect(on.brokers[0].restart()).rejects.toMatchObject({ code: 'EADDRINUSE' });
  thief.close();
  await once(thief, 'close');
  await on.brokers[0].restart();
  expect((await send(await connect(on.brokers[0]))).code).toBe(0);
});

test('release, header and version shape the answers', async () => {
  const on = await start({ release: '4.9.7', version: 409 });
  const client = await connect(on.brokers[0]);
  const answer = await client.request('HEART_BEAT', { encoding: 'binary', body: Buffer.from('{"clientID":"c"}') });
  expect(answer).toMatchObject({ version: 409, encoding: 'binary' });
  await on.close();
  const mirror = await start({ header: 'mirror' });
  const other = await connect(mirror.brokers[0]);
  expect(
    await other.request('HEART_BEAT', { encoding: 'binary', body: Buffer.from('{"clientID":"c"}') }),
  ).toMatchObject({
    version: 513,
    encoding: 'binary',
  });
});

test('any number of clusters live side by side, and are gone after the block that used them', async () => {
  const first = await start();
  let address = '';
  {
    await using second = await startEmbeddedCluster();
    address = second.nameServers;
    expect(address).not.toBe(first.nameServers);
  }
  await expect(RawClient.connect(address)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

describe('a static topic', () => {
  test('is served by the broker of each queue, and refused by all others, also after a queue moved', async () => {
    await using cluster = await startEmbeddedCluster({ brokers: 2 });
    cluster.placeStaticTopic('fixed', ['broker-a', 'broker-b']);
    const producer = createProducer({ nameServers: cluster.nameServers, group: 'g', logger: false, retries: 0 });
    const patient = createProducer({ nameServers: cluster.nameServers, group: 'h', logger: false });
    const at = (queueId: number) => ({ topic: 'fixed', brokerName: 'broker-a', queueId });
    const sendTo = async (queueId: number, by = producer): Promise<string> => {
      const { queue } = await by.send({ topic: 'fixed', body: 'x', queue: at(queueId) });
      return `${queue.brokerName}/${queue.queueId}`;
    };
    expect([await sendTo(0), await sendTo(1)]).toEqual(['broker-a/0', 'broker-b/1']);
    cluster.placeStaticTopic('fixed', ['broker-b', 'broker-b']);
    await expect(sendTo(0)).rejects.toMatchObject({
      code: 'RMQ_QUEUE_REFUSED',
      detail: { remark: 'fixed-0 does not exit in request process of current broker broker-a' },
    });
    expect([await sendTo(0, patient), await sendTo(1, patient)]).toEqual(['broker-b/0', 'broker-b/1']);
    expect(cluster.count('fixed')).toBe(4);
    await Promise.all([producer.shutdown(), patient.shutdown()]);
  });

  test('cannot lie on a broker that does not exist', async () => {
    await using cluster = await startEmbeddedCluster();
    expect(() => cluster.placeStaticTopic('fixed', ['broker-z'])).toThrow('there is no broker broker-z');
  });
});
