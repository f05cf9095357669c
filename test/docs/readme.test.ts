/** What the README says in prose about its first steps, tried. Its code is run by `test/examples`. */
import { from, lastValueFrom, toArray } from 'rxjs';
import {
  createProducer,
  fromPull,
  type Message,
  type Producer,
  type ProducerConfig,
  toRocketMQ,
} from '../../src/index.js';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../src/testing/index.js';

let cluster: EmbeddedCluster;
const producers: Producer[] = [];
beforeEach(async () => {
  cluster = await startEmbeddedCluster();
});
afterEach(async () => {
  await Promise.all(producers.splice(0).map((producer) => producer.shutdown({ drain: false })));
  await cluster.close();
});

function createdProducer(config: Partial<ProducerConfig> = {}): Producer {
  const producer = createProducer({ nameServers: cluster.nameServers, group: 'orders', logger: false, ...config });
  producers.push(producer);
  return producer;
}

const rows = (count: number): Message[] =>
  Array.from({ length: count }, (_, n) => ({ topic: 'orders', body: `row ${n}` }));

test('from(array) pushes: 1280 messages find room, of one more the stream errors, and fromPull waits', async () => {
  const producer = createdProducer();
  const sent = (source: Message[]) => lastValueFrom(from(source).pipe(toRocketMQ(producer), toArray()));
  expect(await sent(rows(1280))).toHaveLength(1280);
  await expect(sent(rows(1281))).rejects.toMatchObject({ code: 'RMQ_OVERLOADED' });
  expect(await lastValueFrom(fromPull(rows(1281)).pipe(toRocketMQ(producer), toArray()))).toHaveLength(1281);
});

test('nothing is sent before somebody subscribes, and each subscription sends everything', async () => {
  const sent$ = fromPull(rows(2)).pipe(toRocketMQ(createdProducer()));
  expect(cluster.count('orders')).toBe(0);
  await lastValueFrom(sent$);
  await lastValueFrom(sent$);
  expect(cluster.count('orders')).toBe(4);
});

test.each<[string, Partial<ProducerConfig>, Parameters<typeof toRocketMQ>[1]]>([
  ['of the producer', { sendTimeoutMs: 60_000, retries: 100 }, {}],
  ['of the pipeline', { sendTimeoutMs: 60_000 }, { retry: { retries: 100 } }],
])('an outage is ridden out with time and attempts %s', async (_, config, options) => {
  const producer = createdProducer(config);
  await producer.send({ topic: 'orders', body: 'before' });
  const [broker] = cluster.brokers;
  await broker.kill();
  let retries = 0;
  // More attempts than a message has by default.
  producer.events$.subscribe(({ type }) => {
    if (type === 'retry' && ++retries === 20) void broker.restart();
  });
  expect(await lastValueFrom(fromPull(rows(5)).pipe(toRocketMQ(producer, options), toArray()))).toHaveLength(5);
});

test('by default an outage ends the stream', async () => {
  const producer = createdProducer();
  await producer.send({ topic: 'orders', body: 'before' });
  await cluster.brokers[0].kill();
  await expect(lastValueFrom(fromPull(rows(5)).pipe(toRocketMQ(producer)))).rejects.toMatchObject({
    name: 'SendError',
    failure: { attempts: { length: 3 } },
  });
});

test('messages are sent under fake timers that leave nextTick real', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick'] });
  try {
    const producer = createdProducer();
    expect(await producer.send({ topic: 'orders', body: 'x' })).toMatchObject({ status: 'SEND_OK' });
    await producer.shutdown();
  } finally {
    jest.useRealTimers();
  }
});
