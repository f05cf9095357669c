/** What a producer says of itself in every request: where it is, and that it sends a stream. */
import { TOPIC, ProducerBench, until } from './producer-kit.js';

const user = { accessKey: 'user', secretKey: 'secret' };
const bench = new ProducerBench({ brokers: 2, zones: { 'broker-a': 'near', 'broker-b': 'far' }, users: [user] });
const message = { topic: TOPIC, body: 'x' };

/** Of every request that comes from now on, its code and these fields. */
function record(...names: readonly string[]): Set<string> {
  const seen = new Set<string>();
  for (const server of [bench.cluster.nameServer, ...bench.cluster.brokers]) {
    server.script({
      when: {},
      reply: ({ request, handle, answer }) => {
        seen.add([request.code, ...names.map((name) => request.fields.get(name))].join(' '));
        answer(handle());
      },
    });
  }
  return seen;
}

const brokersOf = async (producer: ReturnType<typeof bench.producer>): Promise<Set<string>> => {
  const receipts = await Promise.all(Array.from({ length: 20 }, () => producer.send(message)));
  return new Set(receipts.map(({ queue }) => queue.brokerName));
};

test.each(['json', 'binary'] as const)(
  'the type of its requests is said in all of them, with %s headers',
  async (header) => {
    const seen = record('ReqT');
    const producer = bench.producer({ streamRequestType: true, heartbeatMs: 100, credentials: user, header });
    await producer.send(message);
    await producer.sendBatch([message, message]);
    await producer.admin.maxOffset({ topic: TOPIC, brokerName: 'broker-a', queueId: 0 });
    await until(() => seen.has('34 0'));
    await producer.shutdown();
    expect(seen).toEqual(new Set(['105 0', '310 0', '320 0', '30 0', '34 0', '35 0']));
  },
);

test('nothing is said where nothing is asked for', async () => {
  const seen = record('ReqT', '__ZONE_NAME', '__ZONE_MODE');
  const producer = bench.producer({ credentials: user });
  await producer.send(message);
  await until(() => seen.has('34   '));
  expect(seen).toEqual(new Set(['105   ', '310   ', '34   ']));
});

test('brokers know a producer of a stream by a client id of its own, also beside one with the same instance name', async () => {
  const given = { clientIp: '192.0.2.2', instanceName: 'streams', unitName: 'unit', credentials: user };
  const stream = bench.producer({ ...given, group: 'stream', streamRequestType: true });
  const plain = bench.producer({ ...given, group: 'plain' });
  await Promise.all([stream.send(message), plain.send(message)]);
  const clientsOf = (group: string): Set<string> =>
    new Set(bench.cluster.producers(group).map(({ clientId }) => clientId));
  await until(() => clientsOf('stream').size + clientsOf('plain').size === 2);
  expect(clientsOf('stream')).toEqual(new Set(['192.0.2.2@streams@unit@STREAM']));
  expect(clientsOf('plain')).toEqual(new Set(['192.0.2.2@streams@unit']));
});

test('the zone is said in all requests, and only the brokers of the zone are sent to', async () => {
  const seen = record('__ZONE_NAME', '__ZONE_MODE');
  const producer = bench.producer({ zone: 'NEAR', heartbeatMs: 100, credentials: user });
  expect(await brokersOf(producer)).toEqual(new Set(['broker-a']));
  await until(() => seen.has('34 NEAR true'));
  await producer.shutdown();
  expect(seen).toEqual(new Set(['105 NEAR true', '310 NEAR true', '34 NEAR true', '35 NEAR true']));
});

test('a zone that is only named leaves all brokers in sight', async () => {
  const producer = bench.producer({ zone: { name: 'near', mode: false }, credentials: user });
  expect(await brokersOf(producer)).toEqual(new Set(['broker-a', 'broker-b']));
});

test('in a zone without brokers there is no queue to write to', async () => {
  const producer = bench.producer({ zone: 'nowhere', sendTimeoutMs: 200, credentials: user });
  await expect(producer.send(message)).rejects.toMatchObject({ code: 'RMQ_ROUTE_MISSING', stored: 'no' });
});

test('a producer of another zone cannot share the client instance, and one of the same zone can', async () => {
  const shared = { instanceName: 'in-zones', credentials: user };
  await bench.producer({ ...shared, group: 'one', zone: 'near' }).start();
  await bench.producer({ ...shared, group: 'two', zone: { name: 'near', mode: true } }).start();
  for (const zone of [false, 'far', { name: 'near', mode: false }] as const) {
    await expect(bench.producer({ ...shared, group: 'other', zone }).start()).rejects.toMatchObject({
      code: 'RMQ_CONFIG_INVALID',
      message: expect.stringMatching(/has the zone near with the mode true, not .*; another instanceName/),
    });
  }
});
