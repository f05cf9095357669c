/** What goes wrong between a producer and its servers in ordinary operation, over real sockets to the embedded cluster. */
import { from, lastValueFrom, toArray } from 'rxjs';
import {
  createProducer,
  type Message,
  type Producer,
  type ProducerConfig,
  SendError,
  type SendReceipt,
  toRocketMQ,
} from '../../src/index.js';
import {
  delay,
  drop,
  duplicateAnswer,
  type EmbeddedCluster,
  type EmbeddedClusterOptions,
  type ServerControls,
  startEmbeddedCluster,
} from '../../src/testing/index.js';

const SENDS = 'SEND_MESSAGE_V2';

let ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.reverse()) await end();
  ends = [];
});

async function start(options?: EmbeddedClusterOptions): Promise<EmbeddedCluster> {
  const cluster = await startEmbeddedCluster(options);
  ends.push(() => cluster.close());
  return cluster;
}

function producerFor(nameServers: string, config: Partial<ProducerConfig> = {}): Producer {
  const producer = createProducer({ nameServers, group: 'robust', logger: false, ...config });
  ends.push(() => producer.shutdown());
  return producer;
}

const messages = (count: number, topic = 'robust'): Message<number>[] =>
  Array.from({ length: count }, (_, n) => ({ topic, keys: `key-${n}`, body: `reading ${n}`, context: n }));

function onlyBroker({ brokers }: EmbeddedCluster): ServerControls {
  const [broker] = brokers;
  if (broker === undefined || brokers.length > 1) throw new Error('not one broker');
  return broker;
}

const failureOf = async (sent: Promise<SendReceipt>): Promise<SendError> => {
  const error: unknown = await sent.catch((rejection: unknown) => rejection);
  if (!(error instanceof SendError)) throw new Error('it did not fail');
  return error;
};

const turn = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn(5);
}

function blockEventLoop(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test('an event loop that is blocked beyond the deadline while the answers wait: no timeout, no second attempt', async () => {
  const cluster = await start();
  const producer = producerFor(cluster.nameServers, { sendTimeoutMs: 600, attemptTimeoutMs: 300 });
  await producer.send({ topic: 'robust', body: 'the connection is open' });
  let answered = 0;
  onlyBroker(cluster).script({
    when: { code: SENDS },
    reply: (turn) => {
      turn.answer(turn.handle());
      // Answers leave in the next tick: behind that they are here, and nobody has read them.
      if (++answered === 100) process.nextTick(blockEventLoop, 500);
    },
  });

  const sent = messages(100).map((message) => producer.send(message));

  const receipts = await Promise.all(sent);
  expect(receipts.map(({ attempts }) => attempts)).toEqual(receipts.map(() => 1));
  expect(producer.metrics()).toMatchObject({ sent: 101, failed: 0, retried: 0 });
});

test('answers that come twice: one outcome each', async () => {
  const cluster = await start();
  const rule = onlyBroker(cluster).script({ when: { code: SENDS }, reply: duplicateAnswer(3) });
  const producer = producerFor(cluster.nameServers);

  const receipts = await lastValueFrom(from(messages(500)).pipe(toRocketMQ(producer), toArray()));

  expect(rule.applied).toBe(500);
  expect(new Set(receipts.map(({ context }) => context)).size).toBe(500);
  expect(receipts).toHaveLength(500);
  expect(cluster.count('robust')).toBe(500);
  expect(producer.metrics()).toMatchObject({ offered: 500, sent: 500, failed: 0, retried: 0, inFlight: 0 });
});

test('an answer after its timeout is dropped, and the connection serves a thousand more', async () => {
  const cluster = await start();
  const broker = onlyBroker(cluster);
  const producer = producerFor(cluster.nameServers, { retries: 0 });
  await producer.send({ topic: 'robust', body: 'the connection is open' });
  const connections = broker.connections.map(({ remoteAddress }) => remoteAddress);
  const rule = broker.script({ when: { code: SENDS, times: 1 }, reply: delay(300) });

  const { failure } = await failureOf(producer.send({ topic: 'robust', body: 'late' }, { timeoutMs: 100 }));
  expect(failure).toMatchObject({ stored: 'maybe', error: { code: 'RMQ_ATTEMPT_TIMEOUT' } });
  expect(rule.applied).toBe(1);

  const sent = messages(1000).map(async (message) => {
    await turn((message.context ?? 0) % 400); // before, while and after the late answer comes
    return producer.send(message);
  });
  const receipts = await Promise.all(sent);
  const stored = new Map(cluster.messages('robust').map((message) => [message.msgId, message.keys[0]]));
  expect(receipts.map(({ msgId }) => stored.get(msgId))).toEqual(messages(1000).map(({ keys }) => keys));
  expect(broker.connections.map(({ remoteAddress }) => remoteAddress)).toEqual(connections);
  expect(producer.metrics()).toMatchObject({ sent: 1001, failed: 1, inFlight: 0 });
});

test('one broker, killed with 20 in flight and restarted: all are really tried again, and stored', async () => {
  const cluster = await start();
  const broker = onlyBroker(cluster);
  const producer = producerFor(cluster.nameServers, { retries: 8 });
  await producer.send({ topic: 'robust', body: 'the connection is open' });
  broker.pause();
  const before = broker.requests(SENDS);
  const sent = messages(20).map((message) => producer.send(message));
  await until(() => broker.requests(SENDS) === before + 20);

  await broker.kill();
  await broker.restart();

  const receipts = await Promise.all(sent);
  expect(Math.min(...receipts.map(({ attempts }) => attempts))).toBeGreaterThanOrEqual(2);
  expect(cluster.count('robust')).toBe(21);
  expect(producer.metrics()).toMatchObject({ sent: 21, failed: 0, inFlight: 0 });
});

test('a hundred first messages for one new topic: one question for its route', async () => {
  const cluster = await start({ brokers: 2 });
  cluster.createTopic('Fresh');
  const asked: string[] = [];
  cluster.nameServer.script({
    when: {
      matches: ({ fields }) => {
        asked.push(fields.get('topic') ?? '');
        return false;
      },
    },
    reply: drop(),
  });
  const producer = producerFor(cluster.nameServers);
  await producer.start();
  // The refresh just after the start asks for all topics in use; the next one comes long after this test.
  await until(() => asked.includes('TBW102'));

  const receipts = await Promise.all(messages(100, 'Fresh').map((message) => producer.send(message)));

  expect(receipts).toHaveLength(100);
  expect(asked.filter((topic) => topic === 'Fresh')).toHaveLength(1);
});

describe('a name server in trouble', () => {
  const ROUTE_REFRESH_MS = 100;

  test('known topics go on while it is empty and while it comes and goes', async () => {
    const cluster = await start({ brokers: 2 });
    const { nameServer } = cluster;
    const producer = producerFor(cluster.nameServers, { routeRefreshMs: ROUTE_REFRESH_MS });
    const asked = (): number => nameServer.requests('GET_ROUTEINFO_BY_TOPIC');
    await producer.send({ topic: 'robust', body: 'known' });

    const refreshed = async (): Promise<void> => {
      const before = asked();
      await until(() => asked() >= before + 4); // two topics, twice: at least one question of each is over
    };

    nameServer.empty();
    await refreshed();
    await Promise.all(messages(50).map((message) => producer.send(message)));
    for (let flap = 0; flap < 3; flap++) {
      await nameServer.kill();
      await turn(2 * ROUTE_REFRESH_MS);
      await Promise.all(messages(50).map((message) => producer.send(message)));
      await nameServer.restart();
      await refreshed();
      await Promise.all(messages(50).map((message) => producer.send(message)));
    }

    expect(cluster.count('robust')).toBe(351);
    expect(producer.metrics()).toMatchObject({ sent: 351, failed: 0, retried: 0 });
  }, 30_000);

  test('a broker that moved to another port is used after the next refresh', async () => {
    // Two clusters whose broker has the same name: what the name server tells of it changes from one to the other.
    const [here, there] = [await start(), await start()];
    let address = onlyBroker(here).address;
    const producer = producerFor(here.nameServers, {
      routeRefreshMs: ROUTE_REFRESH_MS,
      mapBrokerAddress: () => address,
      retries: 5,
    });
    await producer.send({ topic: 'robust', body: 'here' });

    address = onlyBroker(there).address;
    await onlyBroker(here).kill({ staysInRoutes: true });
    const receipt = await producer.send({ topic: 'robust', body: 'there' }, { timeoutMs: 20_000 });

    expect(receipt.queue.brokerName).toBe('broker-a');
    expect(there.count('robust')).toBe(1);
    expect(producer.metrics()).toMatchObject({ failed: 0 });
  }, 30_000);
});
