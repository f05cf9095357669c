/** `ready()` and `health()`: what a producer says of its servers, at the embedded cluster. */
import { busy, drop } from '../../../../src/testing/index.js';
import { ProducerBench, TOPIC, until } from '../producer-kit.js';

const bench = new ProducerBench({ brokers: 2 });
const rejection = (waiting: Promise<unknown>): Promise<unknown> =>
  waiting.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('ready()', () => {
  test.each([[undefined], [[TOPIC]]])('of a new producer starts it and waits for a broker: %j', async (topics) => {
    const producer = bench.producer();
    await producer.ready({ topics });
    expect(producer.state).toBe('RUNNING');
    const { nameServers, brokers } = producer.health();
    expect(nameServers.map(({ connection }) => connection)).toEqual(['open']);
    expect(brokers.some(({ connection, lastAnswerAt }) => connection === 'open' && lastAnswerAt !== null)).toBe(true);
  });

  test('waits for servers that come late', async () => {
    await bench.cluster.nameServer.kill();
    const producer = bench.producer();
    const waiting = producer.ready({ topics: [TOPIC], timeoutMs: 60_000 });
    await until(() => producer.health().nameServers[0]?.problem === 'RMQ_CONNECT_FAILED');
    await bench.cluster.nameServer.restart();
    await expect(waiting).resolves.toBeUndefined();
  });

  test('one broker of a topic is enough, and none is not', async () => {
    const producer = bench.producer();
    await producer.ready({ topics: [TOPIC] });
    await bench.cluster.brokers[0]?.kill();
    await producer.ready({ topics: [TOPIC] });
    await bench.cluster.brokers[1]?.kill();
    expect(await rejection(producer.ready({ topics: [TOPIC], timeoutMs: 300 }))).toMatchObject({
      code: 'RMQ_CONNECT_FAILED',
    });
  });

  test.each<[string, string, () => unknown]>([
    ['no name server answers', 'RMQ_NAME_SERVER_UNREACHABLE', () => bench.cluster.nameServer.kill()],
    [
      'brokers answer nothing',
      'RMQ_ATTEMPT_TIMEOUT',
      () => bench.cluster.brokers.forEach((broker) => broker.script({ when: { code: 'HEART_BEAT' }, reply: drop() })),
    ],
    [
      'brokers refuse the heartbeat',
      'RMQ_BROKER_BUSY',
      () => bench.cluster.brokers.forEach((broker) => broker.script({ when: { code: 'HEART_BEAT' }, reply: busy() })),
    ],
  ])('rejects with what is in the way when its time is over: %s', async (_, code, spoil) => {
    await spoil();
    const error = await rejection(bench.producer().ready({ topics: [TOPIC], timeoutMs: 400 }));
    expect(error).toMatchObject({ code });
  });

  test('of a topic that is nowhere is RMQ_ROUTE_MISSING', async () => {
    const producer = bench.producer({ createTopicKey: 'NONE' });
    expect(await rejection(producer.ready({ topics: ['nowhere'], timeoutMs: 200 }))).toMatchObject({
      code: 'RMQ_ROUTE_MISSING',
    });
  });

  test('ends with its signal, with the producer, and at once for wrong options', async () => {
    await bench.cluster.nameServer.kill();
    const producer = bench.producer();
    const abort = new AbortController();
    const aborted = rejection(producer.ready({ signal: abort.signal, timeoutMs: 60_000 }));
    const closed = rejection(producer.ready({ timeoutMs: 60_000 }));
    abort.abort();
    expect(await aborted).toMatchObject({ code: 'RMQ_ABORTED' });
    expect(await rejection(producer.ready({ timeoutMs: -1 }))).toMatchObject({ code: 'RMQ_CONFIG_INVALID' });
    await producer.shutdown();
    expect(await closed).toMatchObject({ code: 'RMQ_CLOSED' });
    expect(await rejection(producer.ready())).toMatchObject({ code: 'RMQ_CLOSED' });
  });
});

describe('health()', () => {
  test('of a producer that has done nothing knows what is configured', () => {
    const producer = bench.producer();
    expect(producer.health()).toEqual({
      state: 'CREATE_JUST',
      nameServers: [{ address: bench.cluster.nameServers, connection: 'idle', lastAnswerAt: null, problem: null }],
      brokers: [],
    });
  });

  test('is plain data that tells each broker, and when it last answered', async () => {
    const before = Date.now();
    const producer = bench.producer();
    await producer.ready({ topics: [TOPIC] });
    await until(() => producer.health().brokers.every(({ lastAnswerAt }) => lastAnswerAt !== null));
    const health = producer.health();
    expect(health.brokers.map(({ brokerName }) => brokerName).sort()).toEqual(['broker-a', 'broker-b']);
    for (const { lastAnswerAt } of [...health.nameServers, ...health.brokers]) {
      expect(lastAnswerAt).toBeGreaterThanOrEqual(before - 1);
      expect(lastAnswerAt).toBeLessThanOrEqual(Date.now() + 1);
    }
    expect(JSON.parse(JSON.stringify(health))).toEqual(health);
  });

  test('names the problem of a broker that is gone, and remembers its last answer', async () => {
    const producer = bench.producer();
    await producer.ready({ topics: [TOPIC] });
    const broker = bench.cluster.brokers[0];
    const seen = () => producer.health().brokers.find(({ brokerName }) => brokerName === 'broker-a');
    await until(() => seen()?.connection === 'open');
    await broker?.kill();
    await until(() => seen()?.connection === 'failed');
    expect(seen()).toMatchObject({ problem: expect.stringMatching(/^RMQ_CONNECT/), lastAnswerAt: expect.any(Number) });
  });
});
