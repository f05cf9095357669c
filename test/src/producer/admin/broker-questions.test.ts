import { BrokerQuestions } from '../../../../src/producer/admin/broker-questions.js';
import { coreOf } from '../../../../src/producer/producer.js';
import type { ProducerConfig } from '../../../../src/producer/config.js';
import { getMaxOffset } from '../../../../src/protocol/requests/get-max-offset.js';
import { drop } from '../../../../src/testing/index.js';
import { ProducerBench, TOPIC } from '../producer-kit.js';

const bench = new ProducerBench({ brokers: 2 });
const questions = (config: Partial<ProducerConfig> = {}) => new BrokerQuestions(coreOf(bench.producer(config)));

test('the first question starts the producer', async () => {
  const producer = bench.producer();
  await new BrokerQuestions(coreOf(producer)).routeOf(TOPIC);
  expect(producer.state).toBe('RUNNING');
});

test('brokers are the masters that the topic has', async () => {
  const [a, b] = bench.cluster.brokers;
  const found = (await questions().brokersOf(TOPIC)).map(({ brokerName, address }) => `${brokerName} ${address}`);
  expect(found.toSorted()).toEqual([`broker-a ${a.address}`, `broker-b ${b?.address}`]);
});

test('a broker that the route does not know is looked up again, then named in the error', async () => {
  const asked = questions();
  await asked.routeOf(TOPIC);
  const before = bench.cluster.nameServer.requests('GET_ROUTEINFO_BY_TOPIC');
  await expect(asked.masterOf(TOPIC, 'broker-z')).rejects.toMatchObject({ code: 'RMQ_BROKER_UNKNOWN' });
  expect(bench.cluster.nameServer.requests('GET_ROUTEINFO_BY_TOPIC')).toBeGreaterThan(before);
});

test('a question that is not answered in time ends', async () => {
  const asked = questions();
  const [broker] = bench.cluster.brokers;
  broker.script({ when: { code: 'GET_MAX_OFFSET' }, reply: drop() });
  const at = { brokerName: 'broker-a', address: broker.address };
  await expect(
    asked.routeOf(TOPIC).then(() => asked.ask(at, getMaxOffset, { topic: TOPIC, queueId: 0 }, 60)),
  ).rejects.toMatchObject({ code: 'RMQ_ATTEMPT_TIMEOUT' });
});

test('servers know topics by their names in the namespace', () => {
  expect(questions({ namespace: 'ns' }).nameOnWire(TOPIC)).toBe(`ns%${TOPIC}`);
  expect(questions().nameOnWire(TOPIC)).toBe(TOPIC);
});

test('an address in an id is mapped as those of routes are, and one that cannot be mapped is none', () => {
  const mapBrokerAddress = (address: string): string => {
    if (address === 'bad') throw new Error('no');
    return `mapped-${address}`;
  };
  const asked = questions({ mapBrokerAddress });
  expect([asked.addressFromHere('x'), asked.addressFromHere('bad')]).toEqual(['mapped-x', undefined]);
  expect(questions().addressFromHere('x')).toBe('x');
});
