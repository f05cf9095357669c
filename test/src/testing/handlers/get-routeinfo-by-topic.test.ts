import { getRouteinfoByTopic } from '../../../../src/testing/handlers/get-routeinfo-by-topic.js';
import { NameServerState } from '../../../../src/testing/name-server-state.js';
import { type ReleaseName, serverRelease } from '../../../../src/testing/server-release.js';
import { TopicTable } from '../../../../src/testing/topic-table.js';
import { requestOf, sender } from '../handler-kit.js';

/** Two brokers, of which only one has the topic `orders`. */
function nameServerOf(release: ReleaseName): NameServerState {
  const state = new NameServerState(serverRelease(release));
  const topics = new TopicTable();
  topics.set({ topic: 'orders', readQueues: 4, writeQueues: 2, perm: 6 });
  state.register({ name: 'broker-a', address: '127.0.0.1:10911', topics });
  state.register({ name: 'broker-b', address: '127.0.0.1:10921', topics: new TopicTable() });
  return state;
}

function ask(
  release: ReleaseName,
  clientVersion: number,
  fields: Record<string, string> = { topic: 'orders' },
): string {
  const { body } = getRouteinfoByTopic.answer(requestOf(105, fields), nameServerOf(release), {
    ...sender,
    clientVersion,
  });
  return Buffer.from(body ?? []).toString();
}

const queues =
  '"queueDatas":[{"brokerName":"broker-a","perm":6,"readQueueNums":4,"topicSysFlag":0,"writeQueueNums":2}]';
const routeOf = (id: string, acting: string): string =>
  `{"brokerDatas":[{"brokerAddrs":{${id}:"127.0.0.1:10911"},"brokerName":"broker-a","cluster":"DefaultCluster"${acting}}],` +
  `"filterServerTable":{},${queues}}`;

test('a route names the brokers that have the topic, in strict JSON from version 401 on', () => {
  expect(ask('5.5.0', 401)).toBe(routeOf('"0"', ',"enableActingMaster":false'));
  expect(ask('4.9.7', 401)).toBe(routeOf('"0"', ''));
});

test('older clients get numbers as keys, unless they ask for strict JSON', () => {
  expect(ask('5.5.0', 399)).toBe(routeOf('0', ',"enableActingMaster":false'));
  expect(ask('4.9.7', 399)).toBe(routeOf('0', ''));
  expect(ask('4.9.7', 399, { topic: 'orders', acceptStandardJsonOnly: 'true' })).toBe(routeOf('"0"', ''));
});

test.each([
  ['5.5.0', 'https://rocketmq.apache.org/docs/bestPractice/06FAQ'],
  ['4.9.7', 'http://rocketmq.apache.org/docs/faq/'],
] as const)('a topic that no broker has is refused in the words of %s', (release, link) => {
  expect(getRouteinfoByTopic.answer(requestOf(105, { topic: 'none' }), nameServerOf(release), sender)).toEqual({
    code: 17,
    remark: `No topic route info in name server for the topic: none\nSee ${link} for further details.`,
  });
});
