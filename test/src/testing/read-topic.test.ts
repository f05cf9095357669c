import { createHash } from 'node:crypto';
import {
  type EmbeddedCluster,
  delay,
  drop,
  readTopic,
  type ReadMessage,
  startEmbeddedCluster,
} from '../../../src/testing/index.js';
import { RawClient, sendFields } from './raw-client.js';

let cluster: EmbeddedCluster;
beforeEach(async () => {
  cluster = await startEmbeddedCluster({ brokers: 2 });
});
afterEach(() => cluster.close());

async function sendMany(count: number, bodyBytes: number): Promise<void> {
  const clients = await Promise.all(cluster.brokers.map((broker) => RawClient.connect(broker.address)));
  for (let i = 0; i < count; i++) {
    const body = Buffer.alloc(bodyBytes, i);
    const fields = sendFields({ e: String(i % 3), i: `UNIQ_KEY\u0001K${i}\u0002` });
    clients[i % 2]?.send('SEND_MESSAGE_V2', { fields, body });
  }
  for (const client of clients) {
    await client.settled();
    await client.close();
  }
}

async function all(messages: AsyncIterable<ReadMessage>): Promise<ReadMessage[]> {
  const list: ReadMessage[] = [];
  for await (const message of messages) list.push(message);
  return list;
}

test('reads every message once, queue by queue, equal to what is stored', async () => {
  cluster.createTopic('topic', { queues: 4 });
  await sendMany(500, 100);
  const read = await all(readTopic(cluster.nameServers, 'topic'));
  expect(read).toHaveLength(500);
  expect(read).toEqual(cluster.messages('topic'));
});

test('reads messages that are larger than what a broker hands out at once', async () => {
  cluster.createTopic('topic', { queues: 4 });
  await sendMany(12, 300_000);
  // Comparing megabytes is what jest is slow at.
  const digest = ({ body, ...rest }: ReadMessage): unknown => ({
    ...rest,
    body: createHash('sha1').update(body).digest(),
  });
  const read = await all(readTopic(cluster.nameServers, 'topic'));
  expect(read.map(digest)).toEqual(cluster.messages('topic').map(digest));
});

test('a topic without messages is read to its end', async () => {
  cluster.createTopic('topic');
  expect(await all(readTopic(cluster.nameServers, 'topic'))).toEqual([]);
});

test('what comes after it began is not read', async () => {
  cluster.createTopic('topic', { queues: 3 });
  await sendMany(6, 10);
  const reading = readTopic(cluster.nameServers, 'topic');
  const first = await reading.next();
  await sendMany(6, 10);
  const rest = await all(reading);
  const inFirstQueue = [first.value, ...rest].filter(
    (one) => one?.queue.brokerName === 'broker-a' && one.queue.queueId === 0,
  );
  expect(inFirstQueue).toHaveLength(1);
});

test('a topic that cannot be read is read as empty, a missing one is an error', async () => {
  cluster.createTopic('topic', { perm: 2 });
  await sendMany(3, 10);
  expect(await all(readTopic(cluster.nameServers, 'topic'))).toEqual([]);
  await expect(all(readTopic(cluster.nameServers, 'missing'))).rejects.toMatchObject({ code: 'RMQ_TOPIC_MISSING' });
});

test('a dead name server is passed over, all dead is an error', async () => {
  cluster.createTopic('topic');
  await sendMany(2, 10);
  const dead = await startEmbeddedCluster();
  await dead.close();
  expect(await all(readTopic(`${dead.nameServers}; ${cluster.nameServers}`, 'topic'))).toHaveLength(2);
  await expect(all(readTopic(dead.nameServers, 'topic'))).rejects.toMatchObject({ code: 'RMQ_CONNECT_FAILED' });
});

test('a broker that does not answer is an error after the timeout', async () => {
  cluster.createTopic('topic');
  cluster.brokers[0]?.script({ reply: drop() });
  await expect(all(readTopic(cluster.nameServers, 'topic', { timeoutMs: 100 }))).rejects.toMatchObject({
    code: 'RMQ_ATTEMPT_TIMEOUT',
  });
});

test('a reader that stops early leaves no connection', async () => {
  cluster.createTopic('topic', { queues: 1 });
  await sendMany(100, 10);
  cluster.brokers[0]?.script({ when: { code: 'PULL_MESSAGE' }, reply: delay(1) });
  for await (const message of readTopic(cluster.nameServers, 'topic')) {
    expect(message.queueOffset).toBe(0n);
    break;
  }
  while (cluster.brokers[0]?.connections.length !== 0) await new Promise((resolve) => setImmediate(resolve));
  expect(cluster.nameServer.connections.length).toBeLessThan(2);
});
