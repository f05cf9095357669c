import { setTimeout as delay } from 'node:timers/promises';
import { createProducer } from '../../../../src/create-producer.js';
import { coreOf, type Producer } from '../../../../src/producer/producer.js';
import { createTopic } from '../../../../src/protocol/requests/create-topic.js';
import { delay as later, drop, type EmbeddedCluster, type ReleaseName } from '../../../../src/testing/index.js';
import { Detour } from '../../../conformance/detour.js';
import { RawClient } from '../../testing/raw-client.js';
import { ProducerBench, TOPIC, until } from '../producer-kit.js';

/** Answers every request of the topic through `replier`, as a consumer would. */
function answerAll(cluster: EmbeddedCluster, replier: Producer, replies = 1): () => void {
  const subscription = cluster.messages$(TOPIC).subscribe((request) => {
    for (let i = 0; i < replies; i++) void replier.reply(request, `re: ${request.body.toString()}`).catch(() => {});
  });
  return () => subscription.unsubscribe();
}

const never = (): never => {
  throw new Error('boom');
};

describe('request', () => {
  const bench = new ProducerBench({ brokers: 2 });

  test('resolves with the reply to it, whichever broker brings it', async () => {
    const requester = bench.producer({ group: 'asks' });
    const stop = answerAll(bench.cluster, bench.producer({ group: 'answers' }));
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, i) => requester.request({ topic: TOPIC, body: `question ${i}`, context: i })),
    );
    stop();
    expect(replies.map(({ body }) => Buffer.from(body).toString())).toEqual(
      replies.map(({ context }) => `re: question ${context}`),
    );
    expect(replies[0]).toMatchObject({ receipt: { ok: true, status: 'SEND_OK' }, properties: { MSG_TYPE: 'reply' } });
    expect([coreOf(requester).requests.size, requester.metrics().strays]).toEqual([0, 0]);
  });

  test('carries what the replier needs, and the broker knows the requester before it leaves', async () => {
    const requester = bench.producer();
    const sending = requester.request({ topic: TOPIC, body: 'x' }, { timeoutMs: 400 }).catch(() => undefined);
    await until(() => bench.cluster.count(TOPIC) === 1);
    expect(bench.cluster.messages(TOPIC)[0]?.properties).toMatchObject({
      CORRELATION_ID: expect.stringMatching(/^[0-9a-f-]{36}:1$/),
      REPLY_TO_CLIENT: coreOf(requester).clientId,
      TTL: '400',
      CLUSTER: 'DefaultCluster',
    });
    for (const broker of bench.cluster.brokers) expect(broker.requests('HEART_BEAT')).toBeGreaterThan(0);
    await sending;
  });

  test.each<[string, object]>([
    ['a time that is none', { timeoutMs: -1 }],
    ['a signal that is none', { signal: {} }],
    ['a getter that throws', Object.defineProperty({}, 'queue', { get: () => never(), enumerable: true })],
    ['a queue whose name throws', { queue: Object.defineProperty({}, 'topic', { get: () => never() }) }],
  ])('with %s rejects, and nothing waits for a reply', async (_, options) => {
    const requester = bench.producer();
    await expect(requester.request({ topic: TOPIC, body: 'x' }, options)).rejects.toBeInstanceOf(Error);
    expect([coreOf(requester).requests.size, requester.metrics().inFlight]).toEqual([0, 0]);
  });

  test('a large reply comes decompressed', async () => {
    const replier = bench.producer({ group: 'answers' });
    const body = 'compress me '.repeat(2000);
    const subscription = bench.cluster
      .messages$(TOPIC)
      .subscribe((request) => void replier.reply(request, body).catch(() => {}));
    const reply = await bench.producer({ group: 'asks' }).request({ topic: TOPIC, body: 'x' });
    subscription.unsubscribe();
    expect(Buffer.from(reply.body).toString()).toBe(body);
  });

  test('without a reply fails in its time; the reply that comes too late is counted and dropped', async () => {
    const { scheduler } = bench.loopTime();
    const requester = bench.producer({ group: 'asks', scheduler });
    const replier = bench.producer({ group: 'answers' });
    await expect(requester.request({ topic: TOPIC, body: 'x' }, { timeoutMs: 150 })).rejects.toMatchObject({
      code: 'RMQ_REPLY_TIMEOUT',
      stored: 'maybe',
      failure: { stage: 'send', attempts: [] },
    });
    const [request] = bench.cluster.messages(TOPIC);
    await replier.reply(request ?? { properties: {} }, 'too late');
    await until(() => requester.metrics().strays === 1);
    expect([coreOf(requester).requests.size, requester.metrics().inFlight]).toEqual([0, 0]);
  });

  test('is answered after another producer of the same client instance has left, and so is one under way', async () => {
    const shared = { instanceName: 'shared' };
    const [stays, leaves] = [
      bench.producer({ group: 'asks', ...shared }),
      bench.producer({ group: 'leaves', ...shared }),
    ];
    await leaves.send({ topic: TOPIC, body: 'here, too' });
    const asked = stays.request({ topic: TOPIC, body: 'x' }, { timeoutMs: 2000 });
    await until(() => bench.cluster.count(TOPIC) === 2);
    await until(() => bench.cluster.producers('leaves').length === 2);
    await leaves.shutdown();
    expect(bench.cluster.producers('leaves')).toEqual([]);
    const stop = answerAll(bench.cluster, bench.producer({ group: 'answers' }));
    const later = await stays.request({ topic: TOPIC, body: 'y' }, { timeoutMs: 2000 });
    stop();
    const bodies = [await asked, later].map(({ body }) => Buffer.from(body).toString());
    expect(bodies).toEqual(['re: x', 're: y']);
  });

  test('one that ends before it is taken in leaves nothing either', async () => {
    const requester = bench.producer();
    const signal = AbortSignal.abort();
    const queue = { topic: 'another', brokerName: 'broker-a', queueId: 0 };
    const request = { topic: TOPIC, body: 'x' };
    await expect(requester.request(request, { signal })).rejects.toMatchObject({ code: 'RMQ_ABORTED', stored: 'no' });
    await expect(requester.request(request, { queue })).rejects.toMatchObject({ code: 'RMQ_MESSAGE_INVALID' });
    for (const timeoutMs of [0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31]) {
      await expect(requester.request(request, { timeoutMs })).rejects.toMatchObject({ code: 'RMQ_CONFIG_INVALID' });
    }
    expect(coreOf(requester).requests.size).toBe(0);
  });

  test('one that is not stored fails as a send does, and nothing of it is left', async () => {
    const requester = bench.producer();
    for (const broker of bench.cluster.brokers) broker.pause();
    await expect(requester.request({ topic: TOPIC, body: 'x' }, { timeoutMs: 100 })).rejects.toMatchObject({
      code: 'RMQ_DEADLINE',
    });
    await expect(requester.request({ topic: 'a b', body: 'x' })).rejects.toMatchObject({ code: 'RMQ_MESSAGE_INVALID' });
    expect(coreOf(requester).requests.size).toBe(0);
  });

  test('a reply that overtakes the answer to the send counts, and a second one does not', async () => {
    const requester = bench.producer({ group: 'asks' });
    const stop = answerAll(bench.cluster, bench.producer({ group: 'answers' }), 2);
    for (const broker of bench.cluster.brokers) {
      broker.script({ when: { code: 'SEND_MESSAGE_V2', topic: TOPIC }, reply: later(120) });
    }
    const reply = await requester.request({ topic: TOPIC, body: 'x' }, { timeoutMs: 2000 });
    stop();
    expect(Buffer.from(reply.body).toString()).toBe('re: x');
  });

  test('is aborted by its signal', async () => {
    const requester = bench.producer();
    const abort = new AbortController();
    const asked = requester.request({ topic: TOPIC, body: 'x' }, { signal: abort.signal, timeoutMs: 5000 });
    await until(() => bench.cluster.count(TOPIC) === 1);
    await delay(20);
    abort.abort();
    await expect(asked).rejects.toMatchObject({ code: 'RMQ_ABORTED', stored: 'maybe' });
    expect(coreOf(requester).requests.size).toBe(0);
  });
});

describe('a request where brokers let no client create topics', () => {
  const bench = new ProducerBench({ brokers: 2, autoCreateTopics: false });
  const createOnFirst = async (topic: string): Promise<void> => {
    const admin = bench.producer({ group: 'admin' });
    await admin.start();
    const settings = {
      defaultTopic: '',
      readQueues: 1,
      writeQueues: 1,
      perm: 6,
      filterType: 'SINGLE_TAG',
      order: false,
    };
    await coreOf(admin).ask(bench.cluster.brokers[0].address, createTopic, { topic, ...settings }, 1000);
  };

  test('is answered over a broker that its topic does not have', async () => {
    await createOnFirst('placed');
    const requester = bench.producer({ group: 'asks' });
    const asking = requester.request({ topic: 'placed', body: 'x' }, { timeoutMs: 1000 }).catch(() => undefined);
    await until(() => bench.cluster.count('placed') === 1);
    expect(bench.cluster.producers('asks').map(({ brokerName }) => brokerName)).toEqual(['broker-a', 'broker-b']);
    await requester.shutdown({ drain: false });
    await asking;
  });

  test('waits for a broker that keeps silent, but no request after it does', async () => {
    const silent = bench.cluster.brokers[1] ?? bench.cluster.brokers[0];
    silent.script({ when: { code: 'HEART_BEAT' }, reply: drop() });
    await createOnFirst('placed');
    const time = bench.loopTime();
    const requester = bench.producer({ group: 'asks', scheduler: time.scheduler });
    const ask = (): Promise<unknown> =>
      requester.request({ topic: 'placed', body: 'x' }, { timeoutMs: 60_000 }).catch(() => undefined);
    const asking = [ask()];
    await until(() => silent.requests('HEART_BEAT') > 0);
    expect(bench.cluster.count('placed')).toBe(0);
    time.skip(3000);
    await until(() => bench.cluster.count('placed') === 1);
    asking.push(ask());
    await until(() => bench.cluster.count('placed') === 2);
    await requester.shutdown({ drain: false });
    await Promise.all(asking);
  });
});

describe('reply', () => {
  const bench = new ProducerBench({});

  test.each([['CLUSTER'], ['CORRELATION_ID'], ['REPLY_TO_CLIENT']])(
    'a message without %s is no request',
    async (name) => {
      const properties = { CLUSTER: 'DefaultCluster', CORRELATION_ID: 'c', REPLY_TO_CLIENT: 'r', [name]: '' };
      await expect(bench.producer().reply({ properties }, 'x')).rejects.toMatchObject({
        code: 'RMQ_ARGUMENT_INVALID',
        detail: { property: name },
      });
    },
  );

  test('to a requester that no broker hears is refused', async () => {
    const properties = { CLUSTER: 'DefaultCluster', CORRELATION_ID: 'c', REPLY_TO_CLIENT: 'nobody@1', TTL: '5' };
    await expect(bench.producer({ retries: 0 }).reply({ properties }, 'x')).rejects.toMatchObject({
      code: 'RMQ_REQUESTER_MISSING',
    });
    expect(bench.cluster.brokers[0].requests('SEND_REPLY_MESSAGE_V2')).toBe(1);
  });

  test('is refused after the shutdown', async () => {
    const producer = createProducer({ nameServers: bench.cluster.nameServers, group: 'g', logger: false });
    await producer.shutdown();
    const properties = { CLUSTER: 'c', CORRELATION_ID: 'c', REPLY_TO_CLIENT: 'r' };
    await expect(producer.reply({ properties }, 'x')).rejects.toMatchObject({ code: 'RMQ_CLOSED' });
    await expect(producer.request({ topic: TOPIC, body: 'x' })).rejects.toMatchObject({ code: 'RMQ_CLOSED' });
  });
});

describe.each<ReleaseName>(['5.5.0', '4.9.7'])('a request at %s', (release) => {
  const bench = new ProducerBench({ brokers: 2, release });
  const open: Detour[] = [];
  afterEach(() => {
    for (const detour of open.splice(0)) detour.close();
  });
  const idOf = (): string => bench.cluster.messages(TOPIC).at(-1)?.properties['REPLY_TO_CLIENT'] ?? 'nobody has asked';
  const ask = async (requester: Producer, timeoutMs = 10_000): Promise<string> =>
    Buffer.from((await requester.request({ topic: TOPIC, body: 'x' }, { timeoutMs })).body).toString();

  test('that is lost to a namesake who has left is the last one', async () => {
    const requester = bench.producer({ group: 'asks' });
    const stop = answerAll(bench.cluster, bench.producer({ group: 'answers' }));
    await ask(requester);
    const clientID = idOf();
    for (const { address } of bench.cluster.brokers) {
      const namesake = await RawClient.connect(address);
      const producerDataSet = [{ groupName: 'namesake' }];
      await namesake.request('HEART_BEAT', { body: Buffer.from(JSON.stringify({ clientID, producerDataSet })) });
      await namesake.request('UNREGISTER_CLIENT', { fields: { clientID, producerGroup: 'namesake' } });
      await namesake.close();
    }
    await expect(ask(requester, 200)).rejects.toMatchObject({ code: 'RMQ_REPLY_TIMEOUT' });
    for (let times = 0; times < 5; times++) expect(await ask(requester)).toBe('re: x');
    stop();
  });

  test('is answered although a broker closes an old connection of the client late', async () => {
    const detours = await Promise.all(
      bench.cluster.brokers.map(async ({ address }) => [address, await Detour.open(address)] as const),
    );
    open.push(...detours.map(([, detour]) => detour));
    const mapped = new Map(detours.map(([address, detour]) => [address, detour.address]));
    const requester = bench.producer({ group: 'asks', mapBrokerAddress: (address) => mapped.get(address) ?? address });
    const stop = answerAll(bench.cluster, bench.producer({ group: 'answers' }));
    expect(await ask(requester)).toBe('re: x');
    let closed = 0;
    requester.events$.subscribe((event) => {
      if (event.type === 'connection' && event.state === 'closed') closed++;
    });
    for (const [, detour] of detours) detour.cutClients();
    await until(() => closed === 2);
    expect(await ask(requester)).toBe('re: x');
    await until(() => bench.cluster.producers('asks').length === 4);
    for (const [, detour] of detours) await detour.endCut();
    await until(() => bench.cluster.producers('asks').length === 2);
    for (let times = 0; times < 5; times++) expect(await ask(requester)).toBe('re: x');
    expect(requester.metrics().failed).toBe(0);
    stop();
  });

  test('is answered while a broker goes away, and when it is back', async () => {
    const requester = bench.producer({ group: 'asks' });
    const stop = answerAll(bench.cluster, bench.producer({ group: 'answers' }));
    expect(await ask(requester)).toBe('re: x');
    const [broker] = bench.cluster.brokers;
    broker.goAway();
    expect(await ask(requester)).toBe('re: x');
    await broker.kill();
    expect(await ask(requester)).toBe('re: x');
    await broker.restart();
    for (let times = 0; times < 5; times++) expect(await ask(requester)).toBe('re: x');
    stop();
  });

  test('of this very client, whom a broker does not find, is made under a new name the next time', async () => {
    const requester = bench.producer({ group: 'asks' });
    const asked = requester.request({ topic: TOPIC, body: 'x' }, { timeoutMs: 10_000 });
    const ended = asked.catch((error: unknown) => error);
    await until(() => bench.cluster.count(TOPIC) === 1);
    const [request] = bench.cluster.messages(TOPIC);
    const clientID = idOf();
    for (const { address } of bench.cluster.brokers) {
      const namesake = await RawClient.connect(address);
      await namesake.request('UNREGISTER_CLIENT', { fields: { clientID, producerGroup: 'asks' } });
      await namesake.close();
    }
    await expect(requester.reply(request ?? { properties: {} }, 'y')).rejects.toMatchObject({
      code: 'RMQ_REQUESTER_MISSING',
    });
    const stop = answerAll(bench.cluster, requester);
    expect(await ask(requester)).toBe('re: x');
    stop();
    await requester.shutdown({ drain: false });
    expect(await ended).toMatchObject({ code: 'RMQ_CLOSED' });
  });
});
