import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { firstValueFrom, VirtualTimeScheduler } from 'rxjs';
import { type ClientInstance, INNER_PRODUCER_GROUP } from '../../../src/client/client-instance.js';
import type { ConnectionEvent } from '../../../src/connection/connection-pool.js';
import type { HttpGet } from '../../../src/connection/http-get.js';
import { getRouteInfo } from '../../../src/protocol/requests/get-route-info.js';
import { SELF_TEST_TOPIC } from '../../../src/protocol/system-topics.js';
import { sampleRoute } from '../route/sample-routes.js';
import { groupsInHeartbeats, groupsThatLeft, heartbeatsAt, SampleCluster } from './sample-cluster.js';

/** When the name server was asked, to within the grain of played time. */
const refreshesAt = (cluster: SampleCluster): readonly number[] => cluster.nameServer.timesOf(getRouteInfo.code);

/** A cluster with a default topic on broker-a and broker-b, and an instance that knows it. */
async function startedInstance(cluster = new SampleCluster()): Promise<ClientInstance> {
  cluster.has('TBW102', { name: 'broker-a', perm: 7 }, { name: 'broker-b', perm: 7 });
  const instance = cluster.instance();
  await instance.start();
  await cluster.network.play(100);
  return instance;
}

describe('schedules of an instance', () => {
  test('refresh the routes 10 ms after the start and every 30 s, the default topic from the start', async () => {
    const cluster = new SampleCluster();
    await cluster.instance().start();
    await cluster.network.play(65_000);
    expect(refreshesAt(cluster)).toEqual([10, 30_010, 60_010]);
    expect(cluster.nameServer.requests[0]?.command.fields.get('topic')).toBe('TBW102');
  });

  test('refresh every topic in use', async () => {
    const cluster = new SampleCluster();
    cluster.has('t', { name: 'broker-a' });
    const instance = cluster.instance();
    await instance.start();
    await Promise.all([instance.routes.lookup('t'), cluster.network.play(29_000)]);
    cluster.nameServer.requests.length = 0;
    await cluster.network.play(2000);
    expect(cluster.nameServer.requests.map(({ command }) => command.fields.get('topic'))).toEqual(['TBW102', 't']);
  });

  test('send heartbeats 1 s after the start and every 30 s, to masters only', async () => {
    const cluster = new SampleCluster();
    const master = cluster.broker('broker-a');
    const slave = cluster.broker('broker-a-slave');
    await startedInstance(cluster);
    await cluster.network.play(65_000);
    expect(heartbeatsAt(master)).toEqual([1000, 31_000, 61_000]);
    expect(slave.requests).toEqual([]);
  });

  test('follow the configured periods', async () => {
    const cluster = new SampleCluster();
    const broker = cluster.broker('broker-a');
    cluster.has('TBW102', { name: 'broker-a', perm: 7 });
    await cluster.instance({ routeRefreshMs: 5000, heartbeatMs: 2000 }).start();
    await cluster.network.play(6000);
    expect(refreshesAt(cluster)).toEqual([10, 5010]);
    expect(heartbeatsAt(broker)).toEqual([1000, 3000, 5000]);
  });

  test('drop brokers that no route mentions any more, before the heartbeat', async () => {
    const cluster = new SampleCluster();
    const gone = cluster.broker('broker-b');
    const kept = cluster.broker('broker-a');
    const instance = await startedInstance(cluster);
    await cluster.network.play(1000);
    expect(gone.links.size).toBe(1);
    cluster.has('TBW102', { name: 'broker-a', perm: 7 });
    await cluster.network.play(31_000);
    expect(heartbeatsAt(gone)).toEqual([1000]);
    expect(gone.links.size).toBe(0);
    expect(heartbeatsAt(kept)).toEqual([1000, 31_000]);
    expect(cluster.nameServer.links.size).toBe(1);
    expect(instance.routes.addressOf('broker-b')).toBeUndefined();
  });

  test('go on when no server answers', async () => {
    const cluster = new SampleCluster();
    cluster.nameServer.isDown = true;
    const instance = cluster.instance();
    await expect(instance.start()).resolves.toBeUndefined();
    await cluster.network.play(35_000);
    cluster.nameServer.isDown = false;
    const broker = cluster.broker('broker-a');
    cluster.has('TBW102', { name: 'broker-a', perm: 7 });
    await cluster.network.play(60_000);
    expect(refreshesAt(cluster)).toEqual([60_010, 90_010]);
    expect(heartbeatsAt(broker)).toEqual([61_000, 91_000]);
  });
});

describe('heartbeats', () => {
  test('carry the internal group and those of all producers', async () => {
    const cluster = new SampleCluster();
    const broker = cluster.broker('broker-a');
    cluster.has('TBW102', { name: 'broker-a', perm: 7 });
    const instance = cluster.instance();
    instance.registerProducer('orders');
    await instance.start();
    await cluster.network.play(1000);
    expect(groupsInHeartbeats(broker)).toEqual([[INNER_PRODUCER_GROUP, 'orders']]);
  });

  test('are sent at once when one more producer starts', async () => {
    const cluster = new SampleCluster();
    const broker = cluster.broker('broker-a');
    const instance = await startedInstance(cluster);
    instance.addUser();
    instance.registerProducer('late');
    await instance.start();
    await cluster.network.play(5);
    expect(groupsInHeartbeats(broker)).toEqual([[INNER_PRODUCER_GROUP, 'late']]);
  });

  test('go to brokers of no topic in use as well, once any of them may have something to ask or to bring', async () => {
    const cluster = new SampleCluster();
    const broker = cluster.broker('broker-a');
    cluster.has(SELF_TEST_TOPIC, { name: 'broker-a', queues: 1 });
    const instance = cluster.instance();
    await instance.start();
    await cluster.network.play(5000);
    expect(heartbeatsAt(broker)).toEqual([]);
    instance.registerProducer('late');
    await Promise.all([instance.introduce(), cluster.network.play(10)]);
    expect(groupsInHeartbeats(broker)).toEqual([[INNER_PRODUCER_GROUP, 'late']]);
    expect(instance.introduce()).toBeUndefined();
    await cluster.network.play(120 * 60_000, 1000);
    expect(heartbeatsAt(broker)).toHaveLength(241);
  });

  test('wait 3 s at most for who is to be introduced, even if name servers are slow and brokers silent', async () => {
    const cluster = new SampleCluster();
    cluster.broker('broker-a', () => undefined);
    cluster.has(SELF_TEST_TOPIC, { name: 'broker-a', queues: 1 });
    const instance = cluster.instance();
    await instance.start();
    let isOver = false;
    void instance.introduce()?.then(() => (isOver = true));
    await cluster.network.play(2900);
    expect(isOver).toBe(false);
    await cluster.network.play(200);
    expect(isOver).toBe(true);
    expect(instance.introduce()).toBeUndefined();
  });

  test('are sent at once on a new connection to a broker, and not to anybody else', async () => {
    const cluster = new SampleCluster();
    const [broker, stranger] = [cluster.broker('broker-b'), cluster.broker('stranger')];
    const instance = await startedInstance(cluster);
    await cluster.network.play(2000);
    cluster.has('t', { name: 'broker-b' });
    await Promise.all([instance.routes.lookup('t'), cluster.network.play(10)]);
    instance.pool.get('broker-b:10911');
    instance.pool.get('stranger:10911');
    await cluster.network.play(10);
    expect([heartbeatsAt(broker).length, heartbeatsAt(stranger).length]).toEqual([1, 0]);
    await cluster.network.play(5000);
    expect(heartbeatsAt(broker)).toHaveLength(1);
  });

  test('are not sent on the connection that was opened because a broker goes away', async () => {
    const cluster = new SampleCluster();
    const broker = cluster.broker('broker-a');
    cluster.has('TBW102', { name: 'broker-a', perm: 7 });
    const instance = await startedInstance(cluster);
    await cluster.network.play(1010);
    const next = instance.pool.get('broker-a:10911').successor();
    await cluster.network.play(1000);
    expect([next?.state, heartbeatsAt(broker).length]).toEqual(['open', 1]);
  });

  test('are not sent by an instance that does not run', async () => {
    const cluster = new SampleCluster();
    const broker = cluster.broker('broker-a');
    cluster.has('t', { name: 'broker-a' });
    const instance = cluster.instance();
    await Promise.all([instance.routes.lookup('t'), cluster.network.play(10)]);
    await instance.heartbeat();
    await cluster.network.play(10);
    expect(broker.requests).toEqual([]);
  });
});

describe('a user that is not the last', () => {
  test('is gone when every broker was told that its group leaves', async () => {
    const cluster = new SampleCluster();
    const broker = cluster.broker('broker-a');
    const instance = await startedInstance(cluster);
    instance.addUser();
    instance.registerProducer('orders');
    void instance.unregisterProducer('orders');
    const gone = instance.release().then(() => groupsThatLeft(broker));
    await cluster.network.play(10);
    expect(await gone).toEqual(['orders']);
    expect(broker.links.size).toBe(1);
  });
});

describe('life of an instance', () => {
  test('is started once, however often', async () => {
    const cluster = new SampleCluster();
    const instance = cluster.instance();
    await instance.start();
    await instance.start();
    await cluster.network.play(1000);
    expect(refreshesAt(cluster)).toEqual([10]);
  });

  test('ends for good when starting throws', async () => {
    const broken = new Error('no timers today');
    class BrokenScheduler extends VirtualTimeScheduler {
      override schedule(): never {
        throw broken;
      }
    }
    const instance = new SampleCluster().instance({ scheduler: new BrokenScheduler() });
    const failure = { code: 'RMQ_INSTANCE_FAILED', cause: broken };
    await expect(instance.start()).rejects.toMatchObject(failure);
    await expect(instance.start()).rejects.toMatchObject(failure);
    await expect(instance.release()).resolves.toBeUndefined();
    await expect(instance.start()).rejects.toMatchObject({ code: 'RMQ_STATE_INVALID' });
  });

  test('cannot be started again after its end, nor while it ends', async () => {
    const cluster = new SampleCluster();
    cluster.broker('broker-a', () => undefined);
    const instance = await startedInstance(cluster);
    const ending = instance.release();
    await expect(instance.start()).rejects.toMatchObject({
      code: 'RMQ_STATE_INVALID',
      detail: { state: 'SHUTTING_DOWN' },
    });
    await Promise.all([ending, cluster.network.play(4000)]);
    await expect(instance.start()).rejects.toMatchObject({ detail: { state: 'SHUTDOWN_ALREADY' } });
  });

  test('has one producer per group', () => {
    const instance = new SampleCluster().instance();
    instance.registerProducer('orders');
    expect(() => instance.registerProducer('orders')).toThrow(
      expect.objectContaining({ code: 'RMQ_GROUP_DUPLICATE', detail: { group: 'orders', clientId: '192.0.2.2@test' } }),
    );
    expect(() => instance.registerProducer(INNER_PRODUCER_GROUP)).toThrow(/CLIENT_INNER_PRODUCER/);
  });

  test('takes a group again after it was unregistered', async () => {
    const instance = new SampleCluster().instance();
    instance.registerProducer('orders');
    await instance.unregisterProducer('orders');
    expect(() => instance.registerProducer('orders')).not.toThrow();
  });
});

describe('leaving', () => {
  test('tells every known broker, and takes the group out of the heartbeats', async () => {
    const cluster = new SampleCluster();
    const brokers = [cluster.broker('broker-a'), cluster.broker('broker-b')];
    const instance = await startedInstance(cluster);
    instance.registerProducer('orders');
    await Promise.all([instance.unregisterProducer('orders'), cluster.network.play(1000)]);
    for (const broker of brokers) {
      expect(groupsThatLeft(broker)).toEqual(['orders']);
      expect(groupsInHeartbeats(broker)).toEqual([[INNER_PRODUCER_GROUP]]);
    }
  });

  test('waits 3 s for a broker that keeps silent, for all of them at once, and does not fail', async () => {
    const cluster = new SampleCluster();
    cluster.broker('broker-a', () => undefined);
    cluster.broker('broker-b', () => undefined);
    const instance = await startedInstance(cluster);
    instance.registerProducer('orders');
    let isDone = false;
    const leaving = instance.unregisterProducer('orders').then(() => (isDone = true));
    await cluster.network.play(2900);
    expect(isDone).toBe(false);
    await cluster.network.play(200);
    expect(isDone).toBe(true);
    await leaving;
  });

  test('waits for a silent broker once, when group and instance leave together', async () => {
    const cluster = new SampleCluster();
    const broker = cluster.broker('broker-a', () => undefined);
    const instance = await startedInstance(cluster);
    instance.registerProducer('orders');
    let isDone = false;
    void instance.unregisterProducer('orders');
    const leaving = instance.release().then(() => (isDone = true));
    await cluster.network.play(3100);
    expect(isDone).toBe(true);
    expect(groupsThatLeft(broker)).toEqual(['orders', INNER_PRODUCER_GROUP]);
    await leaving;
  });

  test('ends the instance only with its last user', async () => {
    const cluster = new SampleCluster();
    const broker = cluster.broker('broker-a');
    const instance = await startedInstance(cluster);
    instance.addUser();
    await instance.release();
    await cluster.network.play(1000);
    expect(groupsThatLeft(broker)).toEqual([]);
    expect(heartbeatsAt(broker)).toEqual([1000]);
    await Promise.all([instance.release(), cluster.network.play(100)]);
    expect(groupsThatLeft(broker)).toEqual([INNER_PRODUCER_GROUP]);
  });

  test('leaves no timer, connection or listener behind', async () => {
    const cluster = new SampleCluster();
    const broker = cluster.broker('broker-a');
    const instance = await startedInstance(cluster);
    const completed: string[] = [];
    instance.routes.changes$.subscribe({ complete: () => completed.push('routes') });
    instance.connectionEvents$.subscribe({ complete: () => completed.push('connections') });
    await cluster.network.play(2000);
    expect(broker.links.size).toBe(1);
    await Promise.all([instance.release(), cluster.network.play(100)]);
    expect(cluster.network.scheduler.actions.filter(({ closed }) => !closed)).toEqual([]);
    expect(broker.links.size + cluster.nameServer.links.size).toBe(0);
    expect(completed).toEqual(['routes', 'connections']);
    const asked = cluster.nameServer.requests.length;
    await cluster.network.play(120_000);
    expect(cluster.nameServer.requests).toHaveLength(asked);
  });

  test('leaves nothing behind on a real network and a real clock either', async () => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      // Without timers: jest has some of its own, and none of ours holds the process.
      const held = (): string[] =>
        process
          .getActiveResourcesInfo()
          .filter((kind) => kind !== 'Timeout')
          .sort();
      const before = held();
      const real = { nameServers: [`127.0.0.1:${port}`], scheduler: undefined, dial: undefined };
      const instance = new SampleCluster().instance(real);
      await instance.start();
      await firstValueFrom(instance.connectionEvents$);
      await instance.release();
      for (const socket of sockets) socket.destroy();
      await nextTurn();
      await nextTurn();
      expect(held()).toEqual(before);
    } finally {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), 'close');
    }
  });

  test('may be repeated', async () => {
    const cluster = new SampleCluster();
    const instance = await startedInstance(cluster);
    await Promise.all([instance.release(), instance.release(), cluster.network.play(4000)]);
    await expect(instance.release()).resolves.toBeUndefined();
  });
});

test('tells which connections open and close', async () => {
  const cluster = new SampleCluster();
  const instance = cluster.instance();
  const events: string[] = [];
  instance.connectionEvents$.subscribe(({ address, state }: ConnectionEvent) => events.push(`${address} ${state}`));
  await instance.start();
  await cluster.network.play(100);
  await instance.release();
  expect(events).toEqual(['ns:9876 open', 'ns:9876 closed']);
});

describe('name servers that are discovered', () => {
  const place = { domain: 'web.example' };
  const URL = 'http://web.example:8080/rocketmq/nsaddr';

  /** An instance without configured name servers; `answers` by second of virtual time. */
  function discovering(cluster: SampleCluster, answerAt: (ms: number) => string): [ClientInstance, [number, string][]] {
    const asked: [number, string][] = [];
    const { scheduler } = cluster.network;
    const httpGet: HttpGet = (url) => {
      asked.push([scheduler.frame, url]);
      const answer = answerAt(scheduler.frame);
      return answer === '' ? Promise.reject(new Error('answered with status 500')) : Promise.resolve(answer);
    };
    return [cluster.instance({ nameServers: [], discovery: place, httpGet }), asked];
  }

  test('are asked for at the start, after 10 s and then every 120 s', async () => {
    const cluster = new SampleCluster();
    const [instance, asked] = discovering(cluster, () => 'ns:9876');
    await instance.start();
    expect(asked).toEqual([[0, URL]]);
    await cluster.network.play(260_000, 1000);
    expect(asked.map(([at]) => at)).toEqual([0, 10_000, 130_000, 250_000]);
    await instance.release();
    await cluster.network.play(200_000, 1000);
    expect(asked).toHaveLength(4);
  });

  test('are not asked for when some are configured', async () => {
    const cluster = new SampleCluster();
    const httpGet: HttpGet = () => Promise.reject(new Error('nobody may ask'));
    const instance = cluster.instance({ httpGet });
    await instance.start();
    await cluster.network.play(15_000);
    expect(refreshesAt(cluster)).toEqual([10]);
  });

  test('answer questions from the start, and after they moved', async () => {
    const cluster = new SampleCluster();
    cluster.has('t', { name: 'broker-a' });
    const moved = cluster.network.serve('moved:9876', (frame) => {
      expect(getRouteInfo.decodeRequest(frame).topic).toBeDefined();
      return getRouteInfo.response(sampleRoute({ name: 'broker-b' }));
    });
    const [instance] = discovering(cluster, (ms) => (ms < 5000 ? 'ns:9876' : 'moved:9876'));
    await instance.start();
    await Promise.all([instance.routes.lookup('t'), cluster.network.play(20)]);
    expect(instance.routes.addressOf('broker-a')).toBe('broker-a:10911');
    await cluster.network.play(32_000, 10);
    expect(moved.timesOf(getRouteInfo.code)).toEqual([30_010, 30_010]);
    expect(instance.routes.addressOf('broker-b')).toBe('broker-b:10911');
    await cluster.network.play(30_000);
    expect(cluster.nameServer.links.size).toBe(0);
  });

  test('stay the last ones when the web server fails', async () => {
    const cluster = new SampleCluster();
    const [instance] = discovering(cluster, (ms) => (ms < 5000 ? 'ns:9876' : ''));
    await instance.start();
    await cluster.network.play(35_000);
    expect(refreshesAt(cluster)).toEqual([10, 30_010]);
  });

  test('do not fail the start when there are none; who needs one asks again, and fails naming the web server', async () => {
    const cluster = new SampleCluster();
    cluster.has('t', { name: 'broker-a' });
    const [instance, asked] = discovering(cluster, (ms) => (ms < 3000 ? '' : 'ns:9876'));
    await instance.start();
    await cluster.network.play(2000);
    const failed = instance.routes.lookup('t').catch((error: unknown) => error);
    await cluster.network.play(10);
    expect(await failed).toMatchObject({
      code: 'RMQ_NAME_SERVER_UNREACHABLE',
      message: `No name server is known: ${URL} answered with status 500`,
    });
    await cluster.network.play(1500);
    await Promise.all([instance.routes.lookup('t'), cluster.network.play(10)]);
    expect(asked.map(([at]) => at)).toEqual([0, expect.any(Number), expect.any(Number)]);
  });

  test('are asked for once by all who start at the same time, and by nobody after the end', async () => {
    const cluster = new SampleCluster();
    let answer: (list: string) => void = () => undefined;
    const httpGet: HttpGet = () => new Promise((resolve) => (answer = resolve));
    const instance = cluster.instance({ nameServers: [], discovery: place, httpGet });
    const starts = [instance.start(), instance.start()];
    await cluster.network.play(10);
    answer('ns:9876');
    await Promise.all(starts);
    await cluster.network.play(20);
    expect(refreshesAt(cluster)).toHaveLength(1);

    const other = cluster.instance({ nameServers: [], discovery: place, httpGet });
    const starting = other.start();
    await other.release();
    answer('ns:9876');
    await expect(starting).rejects.toMatchObject({ code: 'RMQ_STATE_INVALID' });
  });
});
