import { getEventListeners } from 'node:events';
import { inspect } from 'node:util';
import { SendError } from '../../../src/producer/message/send-error.js';
import { drop } from '../../../src/testing/index.js';
import { TestCluster } from '../../operators/test-cluster.js';

const servers = new TestCluster();
beforeEach(() => servers.open());
afterEach(() => servers.close());

const message = { topic: 'orders', body: 'hello' };
const rejection = (sending: Promise<unknown>): Promise<unknown> =>
  sending.then(
    () => 'resolved',
    (error: unknown) => error,
  );

test('one signal for many calls at once has one listener, and none when they are done', async () => {
  const { signal } = new AbortController();
  const warnings: Error[] = [];
  const note = (warning: Error): number => warnings.push(warning);
  process.on('warning', note);
  const producer = servers.producer();
  const sending = Array.from({ length: 20 }, () => producer.send(message, { signal }));
  const flushed = Array.from({ length: 20 }, () => producer.flush(signal));
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  await Promise.all([...sending, ...flushed]);
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  await new Promise(setImmediate);
  process.off('warning', note);
  expect(warnings.filter(({ name }) => name === 'MaxListenersExceededWarning')).toEqual([]);
});

test('a queue of another topic is refused, as validation refuses the message’s own', async () => {
  servers.cluster.createTopic('others', { queues: 2 });
  const producer = servers.producer();
  const options = { queue: { topic: 'others', brokerName: 'broker-b', queueId: 1 } };
  expect(await rejection(producer.send(message, options))).toMatchObject({
    code: 'RMQ_MESSAGE_INVALID',
    failure: { stage: 'validate', stored: 'no', error: { detail: { rule: 'queue-topic' } } },
  });
  producer.sendOneway(message, options);
  await producer.flush();
  expect(producer.metrics()).toMatchObject({ offered: 2, failed: 2, inFlight: 0 });
  expect([servers.sends, servers.cluster.count('others')]).toEqual([0, 0]);
});

test.each([Number.NaN, 0, -1, Number.POSITIVE_INFINITY, 2 ** 31])(
  'a timeoutMs of %d is refused: with NaN a silent broker would be waited for without end',
  async (timeoutMs) => {
    for (const broker of servers.cluster.brokers) broker.script({ reply: drop() });
    const producer = servers.producer();
    expect(await rejection(producer.send(message, { timeoutMs }))).toMatchObject({
      code: 'RMQ_CONFIG_INVALID',
      stored: 'no',
    });
    expect(producer.metrics().offered).toBe(0);
  },
);

const unreadable = {
  get topic(): string {
    throw new Error('not for you');
  },
  body: 'x',
};

test.each([null, undefined, 'text', unreadable])(
  'what is no message is refused like one that breaks a rule, and its failure can be shown',
  async (given) => {
    const producer = servers.producer();
    const noMessage = given as unknown as typeof message;
    producer.sendOneway(noMessage);
    for (const options of [{}, { signal: AbortSignal.abort() }]) {
      const thrown = await rejection(producer.send(noMessage, options));
      if (!(thrown instanceof SendError)) throw new Error(`no SendError: ${String(thrown)}`);
      expect(thrown).toMatchObject({ code: 'RMQ_MESSAGE_INVALID', failure: { stage: 'validate', stored: 'no' } });
      expect(inspect(thrown.failure)).toContain('RMQ_MESSAGE_INVALID');
    }
    await producer.flush();
    expect(producer.metrics()).toMatchObject({ offered: 3, failed: 3 });
  },
);
