/** Which instance a producer is, where its sends go, and what it shares: with the embedded cluster. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ProducerEvent } from '../../../src/producer/state/producer-event.js';
import type { Producer } from '../../../src/producer/producer.js';
import { claimInstanceName } from '../../../src/client/exclusive-instance-name.js';
import { drop } from '../../../src/testing/index.js';
import { freeInstanceName } from '../../conformance/instance-name.js';
import { ProducerBench, TOPIC, until } from './producer-kit.js';

const message = { topic: TOPIC, body: 'x' };

/** Addresses that the producer's instance opened connections to from now on. */
function openedBy(producer: Producer): string[] {
  const opened: string[] = [];
  producer.events$.subscribe((event: ProducerEvent) => {
    if (event.type === 'connection' && event.state === 'open') opened.push(event.address);
  });
  return opened;
}

describe('the VIP channel', () => {
  const bench = new ProducerBench({ vipChannel: true });

  const vipOf = (address: string): string => address.replace(/\d+$/, (port) => String(Number(port) - 2));

  test('takes sends, while everything else goes to the first port', async () => {
    const { address } = bench.cluster.brokers[0];
    const producer = bench.producer({ vipChannel: true });
    const opened = openedBy(producer);
    await producer.send(message);
    expect(bench.cluster.count(TOPIC)).toBe(1);
    expect(opened).toContain(vipOf(address));
    await until(() => opened.includes(address));
    await until(() => bench.cluster.brokers[0].requests('HEART_BEAT') > 0);
  });

  test('stays open although no route mentions it', async () => {
    const producer = bench.producer({ vipChannel: true, heartbeatMs: 100 });
    await producer.send(message);
    const opened = openedBy(producer);
    await until(() => bench.cluster.brokers[0].requests('HEART_BEAT') > 3);
    await producer.send(message);
    expect(opened).not.toContain(vipOf(bench.cluster.brokers[0].address));
  });

  test('of a broker without one is a broker that cannot be reached', async () => {
    const plain = bench.cluster.brokers[0].address;
    const producer = bench.producer({ vipChannel: true, retries: 0, mapBrokerAddress: () => vipOf(plain) });
    await expect(producer.send(message)).rejects.toMatchObject({ code: 'RMQ_CONNECT_FAILED', stored: 'no' });
  });

  test('is not used unless it is wanted', async () => {
    const producer = bench.producer();
    const opened = openedBy(producer);
    await producer.send(message);
    expect(opened).not.toContain(vipOf(bench.cluster.brokers[0].address));
  });
});

describe('an exclusive instance name', () => {
  const bench = new ProducerBench();
  let exclusive: { readonly instanceName: string; readonly exclusiveInstanceName: true };
  beforeAll(async () => {
    exclusive = { instanceName: await freeInstanceName('exclusive'), exclusiveInstanceName: true };
  });

  test('is refused while another process has it', async () => {
    const other = await claimInstanceName(exclusive.instanceName);
    const producer = bench.producer(exclusive);
    const taken = { code: 'RMQ_INSTANCE_NAME_TAKEN', stored: 'no' };
    await expect(producer.send(message)).rejects.toMatchObject(taken);
    expect(producer.state).toBe('START_FAILED');
    expect(bench.cluster.count(TOPIC)).toBe(0);
    await other.giveUp();
    await bench.producer(exclusive).start();
  });

  test('is free as soon as its last producer leaves, while brokers let the goodbye wait', async () => {
    const [broker] = bench.cluster.brokers;
    broker.script({ when: { code: 'UNREGISTER_CLIENT' }, reply: drop() });
    const first = bench.producer({ ...exclusive, group: 'a' });
    await first.send(message);
    const ending = first.shutdown();
    await until(() => broker.requests('UNREGISTER_CLIENT') > 0);
    await bench.producer({ ...exclusive, group: 'b' }).send(message);
    expect(first.state).toBe('SHUTTING_DOWN');
    await ending;
  });

  test('is shared inside of one process, and free after the last producer', async () => {
    const producers = ['a', 'b'].map((group) => bench.producer({ ...exclusive, group }));
    await Promise.all(producers.map((producer) => producer.send(message)));
    await producers[0]?.shutdown();
    await expect(claimInstanceName(exclusive.instanceName)).rejects.toMatchObject({ code: 'RMQ_INSTANCE_NAME_TAKEN' });
    await producers[1]?.shutdown();
    await (await claimInstanceName(exclusive.instanceName)).giveUp();
  });
});

describe('producers of one client id', () => {
  const bench = new ProducerBench({ brokers: 2 });

  test('share connections, routes and heartbeats, and end one by one', async () => {
    const [broker] = bench.cluster.brokers;
    const groups = ['a', 'b', 'c'];
    const producers = groups.map((group) => bench.producer({ instanceName: 'shared', group, heartbeatMs: 100 }));
    for (const producer of producers) for (let n = 0; n < 8; n++) await producer.send(message);
    expect(bench.cluster.nameServer.connections).toHaveLength(1);
    expect(broker.connections).toHaveLength(1);
    // The topic for the first send; that and the default topic in the refresh 10 ms after the start. Once, not for each.
    expect(bench.cluster.nameServer.requests('GET_ROUTEINFO_BY_TOPIC')).toBeLessThanOrEqual(3);

    const heartbeats: string[] = [];
    broker.script({
      when: { code: 'HEART_BEAT' },
      reply: ({ request, handle, answer }) => {
        heartbeats.push(String(Buffer.from(request.body ?? [])));
        answer(handle());
      },
    });
    await until(() => heartbeats.length > 0);
    for (const group of groups) expect(heartbeats[0]).toContain(`{"groupName":"${group}"}`);

    const [first, ...others] = producers;
    await first?.shutdown();
    expect(broker.connections).toHaveLength(1);
    for (const producer of others) expect((await producer.send(message)).ok).toBe(true);
    const before = heartbeats.length;
    await until(() => heartbeats.length > before + 1);
    expect(heartbeats.at(-1)).not.toContain('{"groupName":"a"}');

    await Promise.all(others.map((producer) => producer.shutdown()));
    await until(() => broker.connections.length === 0 && bench.cluster.nameServer.connections.length === 0);
  });

  test('lose nothing of the others when one is aborted with messages in flight', async () => {
    const producers = ['a', 'b'].map((group) => bench.producer({ instanceName: 'shared', group }));
    const sends = producers.map((producer) =>
      Array.from({ length: 200 }, () => producer.send(message).catch(() => null)),
    );
    await producers[0]?.shutdown({ drain: false });
    const receipts = await Promise.all(sends[1] ?? []);
    expect(receipts.filter((receipt) => receipt?.ok)).toHaveLength(200);
  });
});

describe('discovery over HTTP', () => {
  const bench = new ProducerBench();

  test('finds the name servers, and a producer without them fails naming the web server', async () => {
    let answer = '';
    const web = createServer((_request, response) => response.end(answer)).listen(0, '127.0.0.1');
    await once(web, 'listening');
    const { port } = web.address() as AddressInfo;
    const nameServers = { domain: `127.0.0.1:${port}` };
    const lost = bench.producer({ nameServers });
    await expect(lost.send(message)).rejects.toMatchObject({
      code: 'RMQ_NAME_SERVER_UNREACHABLE',
      stored: 'no',
      message: expect.stringContaining(`http://127.0.0.1:${port}/rocketmq/nsaddr`),
    });
    answer = bench.cluster.nameServers;
    expect((await bench.producer({ nameServers }).send(message)).ok).toBe(true);
    web.close();
  });
});

describe('a static topic', () => {
  const bench = new ProducerBench({ brokers: 2 });

  test('takes batches for each logical queue, also after the queues moved', async () => {
    const { cluster } = bench;
    cluster.placeStaticTopic('fixed', ['broker-a', 'broker-b']);
    const producer = bench.producer();
    const batch = Array.from({ length: 4 }, () => ({ topic: 'fixed', body: 'x' }));
    const places = async (): Promise<Set<string>> => {
      const batches = await Promise.all(Array.from({ length: 4 }, () => producer.sendBatch(batch)));
      return new Set(batches.flat().map(({ queue }) => `${queue.brokerName}/${queue.queueId}`));
    };
    expect(await places()).toEqual(new Set(['broker-a/0', 'broker-b/1']));
    cluster.placeStaticTopic('fixed', ['broker-b', 'broker-a']);
    await places();
    expect(await places()).toEqual(new Set(['broker-b/0', 'broker-a/1']));
    expect(cluster.count('fixed')).toBe(48);
  });
});
