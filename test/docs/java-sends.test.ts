/** Every row of docs/java-sends.md is run: it does what it says, on an embedded broker. */
import { createProducer, type Producer } from '../../src/index.js';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../src/testing/index.js';
import { javaSends } from './java-sends.js';

const QUEUES = 4;
const ORDER_ID = 7;

let cluster: EmbeddedCluster;
let producer: Producer;
let replier: Producer;
beforeAll(async () => {
  cluster = await startEmbeddedCluster({ recallMessages: true });
  producer = createProducer({ nameServers: cluster.nameServers, group: 'java', logger: false });
  replier = createProducer({ nameServers: cluster.nameServers, group: 'answers', logger: false });
});
afterAll(async () => {
  await producer.shutdown();
  await replier.shutdown();
  await cluster.close();
});

test.each(javaSends.map((send, index) => [send.java.join(', '), send, `java-${index}`] as const))(
  '%s',
  async (_, { ours, stores, java }, topic) => {
    cluster.createTopic(topic, { queues: QUEUES });
    const onSuccess = jest.fn();
    const onException = jest.fn();
    const message = { topic, body: 'from Java' };
    const queue = { topic, brokerName: 'broker-a', queueId: 2 };
    const messages = [message, message, message];
    const later = { ...message, delivery: { delayMs: 3_600_000 } };
    const { recallHandle = '' } = await producer.send(later);
    cluster.messages$(topic).subscribe((sent) => {
      if (sent.properties['REPLY_TO_CLIENT'] !== undefined) void replier.reply(sent, 'reply');
    });
    await ours({ producer, message, messages, queue, orderId: ORDER_ID, topic, recallHandle, onSuccess, onException });
    await producer.flush();
    while (cluster.count(topic) < stores.messages) await new Promise((resolve) => setTimeout(resolve, 5));

    const stored = cluster.messages(topic);
    expect(stored).toHaveLength(stores.messages);
    const place = { queue: 2, selected: ORDER_ID % QUEUES }[stores.in ?? 'queue'];
    if (stores.in !== undefined)
      expect(stored.map(({ queue: { queueId } }) => queueId)).toEqual(stored.map(() => place));
    expect(onSuccess).toHaveBeenCalledTimes(java.every((overload) => overload.includes('Callback')) ? 1 : 0);
    expect(onException).not.toHaveBeenCalled();
  },
);
