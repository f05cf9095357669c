/** Routes for clients in zones, compared with what a real name server of 5.5.0 answered to the same requests. */
import { startEmbeddedCluster } from '../../../src/testing/index.js';
import type { ReleaseName } from '../../../src/testing/index.js';
import { RawClient } from './raw-client.js';

/** The body for a topic with two queues at a broker near and one far. */
async function routeFor(
  release: ReleaseName,
  fields: Readonly<Record<string, string>>,
  version = 513,
): Promise<string> {
  await using cluster = await startEmbeddedCluster({
    brokers: 2,
    release,
    zones: { 'broker-a': 'conf-near', 'broker-b': 'conf-far' },
  });
  cluster.createTopic('Zoned', { queues: 2 });
  const client = await RawClient.connect(cluster.nameServers);
  const { code, body } = await client.request(105, { version, fields: { topic: 'Zoned', ...fields } });
  await client.close();
  expect(code).toBe(0);
  return cluster.brokers.reduce(
    (text, { name, address }) => text.replaceAll(address, `<${name}>`),
    Buffer.from(body ?? []).toString(),
  );
}

const broker = (name: string, zone: string): string =>
  `{"brokerAddrs":{"0":"<${name}>"},"brokerName":"${name}","cluster":"DefaultCluster","enableActingMaster":false,"zoneName":"${zone}"}`;
const queues = (name: string): string =>
  `{"brokerName":"${name}","perm":6,"readQueueNums":2,"topicSysFlag":0,"writeQueueNums":2}`;
const ALL = `{"brokerDatas":[${broker('broker-b', 'conf-far')},${broker('broker-a', 'conf-near')}],"filterServerTable":{},"queueDatas":[${queues('broker-b')},${queues('broker-a')}]}`;
const NEAR = `{"brokerDatas":[${broker('broker-a', 'conf-near').replace('"0"', '0')}],"filterServerTable":{},"queueDatas":[${queues('broker-a')}]}`;
const NONE = '{"brokerDatas":[],"filterServerTable":{},"queueDatas":[]}';

test.each([
  ['no zone', {}, ALL],
  ['a zone without its mode', { __ZONE_NAME: 'conf-near' }, ALL],
  ['a mode without a zone', { __ZONE_MODE: 'true' }, ALL],
  ['a blank zone', { __ZONE_NAME: ' ', __ZONE_MODE: 'true' }, ALL],
  ['a mode that is not true', { __ZONE_NAME: 'conf-near', __ZONE_MODE: 'yes' }, ALL],
  ['a zone in its mode, in capitals', { __ZONE_NAME: 'CONF-near', __ZONE_MODE: 'TRUE' }, NEAR],
  ['a zone nobody is in', { __ZONE_NAME: 'nowhere', __ZONE_MODE: 'true' }, NONE],
])('a client with %s gets the route of a real 5.5.0', async (_, fields, route) => {
  expect(await routeFor('5.5.0', fields)).toBe(route);
});

test('4.9.7 knows no zones', async () => {
  const route = await routeFor('4.9.7', { __ZONE_NAME: 'conf-near', __ZONE_MODE: 'true' });
  expect(route).toContain('broker-b');
  expect(route).not.toContain('zone');
});
