import { startBrokerDetector } from '../../../src/client/broker-detector.js';
import { createError } from '../../../src/errors/rocketmq-error.js';
import { getMaxOffset } from '../../../src/protocol/requests/get-max-offset.js';
import { ResponseCode } from '../../../src/protocol/response-codes.js';
import { BrokerHealth } from '../../../src/route/broker-health.js';
import type { MemoryServer } from './memory-network.js';
import { SampleCluster } from './sample-cluster.js';

const queue = { topic: 't', brokerName: 'broker-a', queueId: 3 };

/** An instance that knows broker-a, and a health for which it just failed. */
async function failing(cluster: SampleCluster) {
  cluster.has('N%t', { name: 'broker-a' });
  const { pool, routes, clock } = cluster.instance();
  await Promise.all([routes.lookup('N%t'), cluster.network.play(10)]);
  const health = new BrokerHealth({ clock, hasDetector: true, onAvoided: () => undefined });
  health.failed(queue, createError('RMQ_CONNECT_FAILED', 'refused'));
  const addressOf = (brokerName: string): string | undefined => routes.addressOf(brokerName);
  const detector = startBrokerDetector({ health, pool, clock, addressOf, topicOnWire: (topic) => `N%${topic}` });
  return { health, detector, routes };
}

const askedAt = (broker: MemoryServer): readonly number[] => broker.timesOf(getMaxOffset.code);

test('asks a broker that failed every 3 s, until it answers', async () => {
  const cluster = new SampleCluster();
  let answer = false;
  const broker = cluster.broker('broker-a', () => (answer ? getMaxOffset.response({ offset: 7n }) : undefined));
  const { health } = await failing(cluster);
  await cluster.network.play(7000);
  expect(askedAt(broker)).toEqual([3010, 6010]);
  expect(broker.requests[0]?.command.fields).toEqual(
    new Map([
      ['topic', 'N%t'],
      ['queueId', '3'],
      ['bname', 'broker-a'],
    ]),
  );
  expect(health.isReachable('broker-a')).toBe(false);
  answer = true;
  await cluster.network.play(6000);
  expect(health.isReachable('broker-a')).toBe(true);
  expect(askedAt(broker)).toHaveLength(3);
});

test('a refusal is an answer as well', async () => {
  const cluster = new SampleCluster();
  cluster.broker('broker-a', () => ({ code: ResponseCode.SYSTEM_ERROR, fields: new Map() }));
  const { health } = await failing(cluster);
  await cluster.network.play(3100);
  expect(health.isReachable('broker-a')).toBe(true);
});

test('forgets a broker that no route mentions any more', async () => {
  const cluster = new SampleCluster();
  const broker = cluster.broker('broker-a');
  const { health, routes } = await failing(cluster);
  cluster.has('N%t', { name: 'broker-b' });
  await Promise.all([routes.refresh('N%t'), cluster.network.play(10)]);
  routes.dropOfflineBrokers();
  await cluster.network.play(3100);
  expect([health.isClear, askedAt(broker)]).toEqual([true, []]);
});

test('asks nobody once it is unsubscribed', async () => {
  const cluster = new SampleCluster();
  const broker = cluster.broker('broker-a');
  const { detector } = await failing(cluster);
  detector.unsubscribe();
  await cluster.network.play(10_000);
  expect(askedAt(broker)).toEqual([]);
});
