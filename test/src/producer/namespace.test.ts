/** What a producer in a namespace puts on the wire, and what its caller sees: not the same names. */
import { filter, firstValueFrom, from, lastValueFrom, toArray } from 'rxjs';
import { toRocketMQ } from '../../../operators/to-rocketmq.js';
import type { Message } from '../../../src/producer/message/message.js';
import type { ProducerEvent } from '../../../src/producer/state/producer-event.js';
import type { MessageQueue } from '../../../src/protocol/message-queue.js';
import { SendError } from '../../../src/producer/message/send-error.js';
import { refuse } from '../../../src/testing/index.js';
import { ProducerBench, until } from './producer-kit.js';

const bench = new ProducerBench({ brokers: 2 });
const message = { topic: 'items', body: 'x' };

const wireTopics = (topic: string): number => bench.cluster.count(topic);

describe('a producer in a namespace', () => {
  test('stores in the topic of the namespace and gets receipts of the plain one', async () => {
    bench.cluster.createTopic('N%items', { queues: 2 });
    const receipt = await bench.producer({ namespace: 'N' }).send(message);
    expect(receipt.queue.topic).toBe('items');
    expect(receipt.message).toBe(message);
    expect([wireTopics('N%items'), wireTopics('items')]).toEqual([1, 0]);
    expect(bench.cluster.messages('N%items')[0]?.properties).toMatchObject({ INSTANCE_ID: 'N' });
  });

  test('shows selectors plain topics, and takes a queue with a plain topic', async () => {
    bench.cluster.createTopic('N%items', { queues: 2 });
    const producer = bench.producer({ namespace: 'N' });
    const seen: MessageQueue[] = [];
    const selectQueue = (queues: readonly MessageQueue[]): MessageQueue => {
      seen.push(...queues);
      return queues[1] ?? { topic: '', brokerName: '', queueId: 0 };
    };
    const { queue } = await producer.send(message, { selectQueue });
    expect(new Set(seen.map(({ topic }) => topic))).toEqual(new Set(['items']));
    expect(queue).toBe(seen[1]);
    const chosen = { topic: 'items', brokerName: 'broker-b', queueId: 1 };
    expect((await producer.send(message, { queue: chosen })).queue).toEqual(chosen);
    expect(wireTopics('N%items')).toBe(2);
  });

  test('answers requests through the topic of the brokers, which is in no namespace', async () => {
    bench.cluster.createTopic('N%items', { queues: 1 });
    const replier = bench.producer({ namespace: 'N', group: 'answers' });
    const answering = bench.cluster.messages$('N%items').subscribe((request) => {
      replier.reply(request, 'the answer').then(
        ({ queue }) => answered.push(queue.topic),
        (error: unknown) => answered.push(String(error)),
      );
    });
    const answered: string[] = [];
    const reply = await bench.producer({ namespace: 'N', group: 'asks' }).request(message);
    answering.unsubscribe();
    expect(Buffer.from(reply.body).toString()).toBe('the answer');
    await until(() => answered.length > 0);
    expect(answered).toEqual(['DefaultCluster_REPLY_TOPIC']);
    expect([wireTopics('DefaultCluster_REPLY_TOPIC'), wireTopics('N%DefaultCluster_REPLY_TOPIC')]).toEqual([1, 0]);
  });

  test('sends batches there, of a stream and by hand', async () => {
    bench.cluster.createTopic('N%items', { queues: 1 });
    const producer = bench.producer({ namespace: 'N' });
    const messages = Array.from({ length: 6 }, (_, n): Message => ({ topic: 'items', body: `message ${n}` }));
    const receipts = await producer.sendBatch(messages);
    expect(new Set(receipts.map(({ queue }) => queue.topic))).toEqual(new Set(['items']));
    const streamed = from(messages).pipe(toRocketMQ(producer, { batch: {} }), toArray());
    expect((await lastValueFrom(streamed)).map(({ queue }) => queue.topic)).toEqual(messages.map(() => 'items'));
    const stored = bench.cluster.messages('N%items');
    expect(stored).toHaveLength(12);
    expect(new Set(stored.map(({ properties }) => properties['INSTANCE_ID']))).toEqual(new Set(['N']));
    // Two batches, or three where the stream's got to both brokers.
    const batches = bench.cluster.brokers.map((broker) => broker.requests('SEND_BATCH_MESSAGE'));
    expect(batches.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(1);
  });

  test('creates topics in it, of the default topic of all', async () => {
    await bench.producer({ namespace: 'N' }).send(message);
    expect(wireTopics('N%items')).toBe(1);
  });

  test('tells route changes and failures by plain names', async () => {
    bench.cluster.createTopic('N%items', { queues: 2 });
    for (const broker of bench.cluster.brokers) {
      broker.script({ when: { code: 'SEND_MESSAGE_V2' }, reply: refuse(13, 'too large') });
    }
    const producer = bench.producer({ namespace: 'N' });
    const changed = firstValueFrom(
      producer.events$.pipe(
        filter((event: ProducerEvent) => event.type === 'route-changed' && event.topic.endsWith('items')),
      ),
    );
    const failed = await producer.send(message).catch((error: unknown) => error);
    expect(await changed).toMatchObject({ topic: 'items', queues: 4 });
    if (!(failed instanceof SendError)) throw new Error('it did not fail');
    expect(failed.failure.message.topic).toBe('items');
    expect(JSON.stringify(failed)).not.toContain('N%');
  });

  test('registers its group as that of the namespace', async () => {
    const groups: string[] = [];
    bench.cluster.brokers[0].script({
      when: { code: 'HEART_BEAT' },
      reply: ({ request, handle, answer }) => {
        groups.push(String(Buffer.from(request.body ?? [])));
        answer(handle());
      },
    });
    const producer = bench.producer({ namespace: 'N', heartbeatMs: 100 });
    await producer.send(message);
    await until(() => groups.length > 0);
    expect(groups.join()).toContain('{"groupName":"N%group"}');
    expect(groups.join()).toContain('{"groupName":"CLIENT_INNER_PRODUCER"}');
  });

  test('shares an instance with producers of other namespaces without mixing anything up', async () => {
    const shared = { instanceName: 'shared-in-namespaces' };
    const producers = [undefined, 'N', 'M'].map((namespace) =>
      bench.producer({ ...shared, group: `g-${namespace}`, ...(namespace !== undefined && { namespace }) }),
    );
    const receipts = await Promise.all(producers.map((producer) => producer.send(message)));
    expect(receipts.map(({ queue }) => queue.topic)).toEqual(['items', 'items', 'items']);
    expect(['items', 'N%items', 'M%items'].map(wireTopics)).toEqual([1, 1, 1]);
  });
});

describe('a producer with a namespaceV2', () => {
  test('names it in every request, and nothing is renamed', async () => {
    const fields = new Set<string>();
    for (const server of [bench.cluster.nameServer, ...bench.cluster.brokers]) {
      server.script({
        when: {},
        reply: ({ request, handle, answer }) => {
          fields.add(`${request.code} ${request.fields.get('ns')} ${request.fields.get('nsd')}`);
          answer(handle());
        },
      });
    }
    const producer = bench.producer({ namespaceV2: 'space', heartbeatMs: 100 });
    expect((await producer.send(message)).queue.topic).toBe('items');
    await until(() => fields.has('34 space true'));
    await producer.shutdown();
    expect(fields).toEqual(new Set(['105 space true', '310 space true', '34 space true', '35 space true']));
    expect(wireTopics('items')).toBe(1);
  });

  test('does not share the instance of another one, and says so', async () => {
    const first = bench.producer({ instanceName: 'v2', namespaceV2: 'one' });
    await first.start();
    const second = bench.producer({ instanceName: 'v2', namespaceV2: 'two', group: 'other' });
    await expect(second.start()).rejects.toMatchObject({ code: 'RMQ_CONFIG_INVALID' });
    expect(second.state).toBe('CREATE_JUST');
    await expect(second.send(message)).rejects.toMatchObject({ code: 'RMQ_CONFIG_INVALID', stored: 'no' });
    await first.shutdown();
    await second.start();
  });
});
