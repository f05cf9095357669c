/** That a producer leaves slow brokers alone and comes back to them, with the embedded cluster. */
import type { ProducerEvent } from '../../../src/producer/state/producer-event.js';
import type { Producer } from '../../../src/producer/producer.js';
import { coreOf } from '../../../src/producer/producer.js';
import { busy, delay, refuse } from '../../../src/testing/index.js';
import { ProducerBench, TOPIC, until } from './producer-kit.js';

const bench = new ProducerBench({ brokers: 2 });
const message = { topic: TOPIC, body: 'x' };
const SEND = { code: 'SEND_MESSAGE_V2' } as const;

const avoidedBy = (producer: Producer): ProducerEvent[] => {
  const avoided: ProducerEvent[] = [];
  producer.events$.subscribe((event) => {
    if (event.type === 'broker-avoided') avoided.push(event);
  });
  return avoided;
};

/** Which brokers took the next messages. */
async function brokersOf(producer: Producer, count: number): Promise<Set<string>> {
  const receipts = await Promise.all(Array.from({ length: count }, () => producer.send(message)));
  return new Set(receipts.map(({ queue }) => queue.brokerName));
}

const both = new Set(['broker-a', 'broker-b']);

test('a broker that answers slowly is left alone for a while, and then used again', async () => {
  const producer = bench.producer({ latencyFaultTolerance: true });
  const avoided = avoidedBy(producer);
  const [slow] = bench.cluster.brokers;
  const slowness = slow.script({ when: SEND, reply: delay(560) });
  expect(await brokersOf(producer, 8)).toEqual(both);
  expect(avoided).toEqual([{ type: 'broker-avoided', brokerName: 'broker-a', forMs: 2000 }]);
  expect(await brokersOf(producer, 50)).toEqual(new Set(['broker-b']));
  slowness.stop();
  await until(() => coreOf(producer).health?.isAvailable('broker-a') === true);
  expect(await brokersOf(producer, 8)).toEqual(both);
  expect(coreOf(producer).health?.isClear).toBe(true);
});

test('a broker that cannot be reached is left alone by the messages that come later', async () => {
  const producer = bench.producer({ latencyFaultTolerance: { detector: true } });
  await producer.send(message);
  const avoided = avoidedBy(producer);
  const [, lost] = bench.cluster.brokers;
  if (lost === undefined) throw new Error('there is one broker only');
  await lost.kill({ staysInRoutes: true });
  expect(await brokersOf(producer, 8)).toEqual(new Set(['broker-a']));
  expect(avoided).toEqual([{ type: 'broker-avoided', brokerName: 'broker-b', forMs: 10_000 }]);
  const receipts = await Promise.all(Array.from({ length: 20 }, () => producer.send(message)));
  expect(receipts.map(({ attempts }) => attempts)).toEqual(receipts.map(() => 1));
  expect(coreOf(producer).health?.isReachable('broker-b')).toBe(false);
  await lost.restart();
  await until(() => coreOf(producer).health?.isReachable('broker-b') === true);
}, 15_000);

test('where all are avoided, messages are sent all the same', async () => {
  const producer = bench.producer({ latencyFaultTolerance: true });
  const rules = bench.cluster.brokers.map((broker) => broker.script({ when: { ...SEND, times: 4 }, reply: busy() }));
  const avoided = avoidedBy(producer);
  await Promise.allSettled(Array.from({ length: 8 }, () => producer.send(message)));
  expect(new Set(avoided.map((event) => event.type === 'broker-avoided' && event.brokerName))).toEqual(both);
  for (const rule of rules) rule.stop();
  expect((await producer.send(message)).ok).toBe(true);
});

test('a message that no broker would take takes no broker away from the others', async () => {
  const producer = bench.producer({ latencyFaultTolerance: true });
  const avoided = avoidedBy(producer);
  const rules = bench.cluster.brokers.map((broker) =>
    broker.script({ when: SEND, reply: refuse('MESSAGE_ILLEGAL', 'too large') }),
  );
  await Promise.allSettled(Array.from({ length: 8 }, () => producer.send(message)));
  for (const rule of rules) rule.stop();
  expect(await brokersOf(producer, 8)).toEqual(both);
  expect(avoided).toEqual([]);
});

test('is off unless it is wanted', async () => {
  const producer = bench.producer();
  const [slow] = bench.cluster.brokers;
  slow.script({ when: SEND, reply: delay(560) });
  expect(await brokersOf(producer, 8)).toEqual(both);
  expect(await brokersOf(producer, 8)).toEqual(both);
  expect(coreOf(producer).health).toBeUndefined();
});
