/** A real cluster as a target of the conformance suite: every verb is the official Java client's. It knows no capability. */
import type { ConformanceTarget } from '../conformance/target.js';
import { readTraceLines } from '../conformance/tracing.js';
import type { Artifacts } from './artifacts.js';
import type { RealCluster } from './cluster.js';

export function realTarget(
  { version }: Artifacts,
  { judge, nameServer, brokers, proxy }: RealCluster,
): ConformanceTarget {
  return {
    release: version,
    nameServers: proxy ?? nameServer,
    brokers: new Map(brokers.map(({ name, address }) => [name, address])),
    createTopic: (topic, queues, settings) => judge.createTopic(topic, queues, settings),
    allowSending: async ({ accessKey, secretKey }, ...topics) => {
      await judge.ask(['allow-sending', accessKey, secretKey, ...topics]);
    },
    readBack: (topics) => judge.readBack(topics),
    producersOf: async (topic, group) => {
      const answers = await judge.ask(['producers', topic, group]);
      return answers.map((answer) => ({ clientId: answer.text('clientId'), address: answer.text('address') }));
    },
    readInNamespace: async (namespace, topic) => {
      const answers = await judge.ask(['read-in-namespace', namespace, topic]);
      return answers.map((answer) => ({ topic: answer.text('topic'), msgId: answer.text('msgId') }));
    },
    createStaticTopic: async (topic, queues, names) => {
      await judge.ask(['create-static', topic, String(queues), ...names]);
    },
    moveStaticTopic: async (topic, names) => {
      await judge.ask(['move-static', topic, ...names]);
    },
    readStaticTopic: async (topic) => {
      const answers = await judge.ask(['read-static', topic]);
      return answers.map((answer) => ({
        queueId: answer.number('queueId'),
        queueOffset: BigInt(answer.text('queueOffset')),
        msgId: answer.text('msgId'),
      }));
    },
    shutDownBroker: async (name) => brokers.find((one) => one.name === name)?.terminate(),
    startBroker: async (name) => brokers.find((one) => one.name === name)?.restart(),
    tracesOf: async (traceTopic, msgId) => {
      const printed = await judge.ask(['traces', traceTopic, msgId]);
      return readTraceLines(printed.map((answer) => answer.text('line')));
    },
    traceRecordsOf: async (traceTopic, msgId) => {
      const answers = await judge.ask(['trace-records', traceTopic, msgId]);
      return answers.map((answer) => answer.texts('record'));
    },
    placementOf: (topic, keys) => judge.placementOf(topic, keys),
    answerRequests: async (topic, namespace = '') => {
      await judge.ask(['answer', topic, namespace]);
    },
    ask: async (topic, body, timeoutMs, namespace = '') => {
      const [answer] = await judge.ask(['ask', topic, body, String(timeoutMs), namespace]);
      return answer?.text('body') ?? '';
    },
    watch: async (topic) => {
      await judge.ask(['watch', topic]);
    },
    arrivals: async (topic) =>
      (await judge.ask(['arrivals', topic])).map((answer) => ({
        msgId: answer.text('msgId'),
        arrivedAt: answer.number('arrivedAt'),
        body: answer.text('body'),
      })),
  };
}
