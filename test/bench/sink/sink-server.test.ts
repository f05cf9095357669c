/** The sink answers as brokers do: the library takes every answer of it for a receipt. */
import { createProducer, fromPull, type Producer, type SendReceipt, toRocketMQ } from '../../../src/index.js';
import { FIRST_OFFSET } from './answer-template.js';
import { QUEUES, type SinkOptions } from './sink-options.js';
import { type SinkServer, startSinkServer } from './sink-server.js';

let sink: SinkServer | undefined;
let producer: Producer | undefined;
afterEach(async () => {
  await producer?.shutdown();
  sink?.close();
});

async function producerAt(options: SinkOptions): Promise<Producer> {
  sink = await startSinkServer(options);
  producer = createProducer({ nameServers: sink.nameServers, group: 'bench', sendTimeoutMs: 30_000 });
  return producer;
}

const messages = (count: number): { topic: string; body: string }[] =>
  Array.from({ length: count }, (_, n) => ({ topic: 'bench', body: `message ${n}` }));

const offsetsOf = (receipts: readonly SendReceipt[]): readonly number[] =>
  receipts.map(({ queueOffset }) => Number(queueOffset)).toSorted((a, b) => a - b);

const offsetsFrom = (first: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, n) => first + n);

test.each([
  { answers: 'json', batch: false },
  { answers: 'json', batch: true },
  { answers: 'as-asked', batch: false },
  { answers: 'as-asked', batch: true },
] as const)('with answers $answers and batch $batch each message has a receipt of its own', async (given) => {
  const sender = await producerAt({ brokers: 1, answers: given.answers });
  const receipts: SendReceipt[] = [];
  // More than fit into one chunk of answers, and opaques of one to four digits.
  await fromPull(messages(2000))
    .pipe(toRocketMQ(sender, { batch: given.batch }))
    .forEach((receipt) => receipts.push(receipt));
  expect(offsetsOf(receipts)).toEqual(offsetsFrom(FIRST_OFFSET, 2000));
  expect(new Set(receipts.map(({ msgId }) => msgId)).size).toBe(2000);
  expect(new Set(receipts.map(({ offsetMsgId }) => offsetMsgId)).size).toBe(2000);
  expect(new Set(receipts.map(({ queue }) => queue.queueId)).size).toBe(QUEUES);
});

test('an explicit batch has one offset for each of its messages', async () => {
  const sender = await producerAt({ brokers: 1, answers: 'json' });
  const receipts = await sender.sendBatch(messages(32));
  expect(offsetsOf(receipts)).toEqual(offsetsFrom(FIRST_OFFSET, 32));
});

test('messages go to all of its brokers', async () => {
  const sender = await producerAt({ brokers: 3, answers: 'json' });
  const receipts = await Promise.all(messages(60).map((message) => sender.send(message)));
  const names = new Set(receipts.map(({ queue }) => queue.brokerName));
  expect([...names].toSorted()).toEqual(['sink-0', 'sink-1', 'sink-2']);
});

test('oneway messages are stored and not answered', async () => {
  const sender = await producerAt({ brokers: 1, answers: 'json' });
  const queue = { topic: 'bench', brokerName: 'sink-0', queueId: 1 };
  for (const message of messages(5)) sender.sendOneway(message, { queue });
  await sender.flush();
  const receipt = await sender.send({ topic: 'bench', body: 'confirmed' }, { queue });
  expect(Number(receipt.queueOffset)).toBe(FIRST_OFFSET + 5);
  expect(sender.metrics().strays).toBe(0);
});

test('a slow sink answers everything, a few at a time', async () => {
  const sender = await producerAt({ brokers: 1, answers: 'json', answersPerSecond: 20_000 });
  const receipts = await Promise.all(messages(300).map((message) => sender.send(message)));
  expect(offsetsOf(receipts)).toEqual(offsetsFrom(FIRST_OFFSET, 300));
});
