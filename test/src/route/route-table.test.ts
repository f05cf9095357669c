import { VirtualTimeScheduler } from 'rxjs';
import { createError } from '../../../src/errors/rocketmq-error.js';
import { type Logger, silentLogger } from '../../../src/observe/logger.js';
import type { TopicRouteData } from '../../../src/protocol/route-data.js';
import { NameServers } from '../../../src/route/name-servers.js';
import { type RouteChange, RouteTable, type RouteTableOptions } from '../../../src/route/route-table.js';
import { Clock } from '../../../src/time/clock.js';
import { type SampleBroker, sampleRoute, told } from './sample-routes.js';

const MINUTE = 60_000;

/** Name servers whose knowledge a test changes; it notes each question and can hold the answers back. */
class Cluster {
  readonly scheduler = new VirtualTimeScheduler();
  readonly routes = new Map<string, TopicRouteData>();
  readonly questions: string[] = [];
  readonly downServers = new Set<string>();
  readonly emptyServers = new Set<string>();
  readonly table: RouteTable;
  readonly changes: RouteChange[] = [];
  inFlight = 0;
  mostInFlight = 0;
  #held: (() => void)[] | undefined;

  constructor(options: Partial<RouteTableOptions> & { readonly servers?: readonly string[] } = {}) {
    const clock = new Clock(this.scheduler);
    this.table = new RouteTable({
      nameServers: new NameServers({ addresses: options.servers ?? ['ns'], clock, random: () => 0 }),
      askRoute: (address, topic) => this.#answer(address, topic),
      createTopicKey: 'TBW102',
      defaultTopicQueueNums: 4,
      clock,
      logger: silentLogger,
      ...options,
    });
    this.table.changes$.subscribe((change) => this.changes.push(change));
  }

  has(topic: string, ...brokers: readonly SampleBroker[]): void {
    this.routes.set(topic, sampleRoute(...brokers));
  }

  holdAnswers(): void {
    this.#held = [];
  }

  letAnswersGo(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const go of held) go();
  }

  pass(ms: number): void {
    this.scheduler.frame += ms;
  }

  async #answer(address: string, topic: string): Promise<TopicRouteData | undefined> {
    this.questions.push(`${address} ${topic}`);
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    await new Promise<void>((go) => (this.#held === undefined ? go() : this.#held.push(go)));
    this.inFlight -= 1;
    if (this.downServers.has(address)) throw createError('RMQ_CONNECT_FAILED', 'connection refused');
    return this.emptyServers.has(address) ? undefined : this.routes.get(topic);
  }
}

describe('looking up a route', () => {
  test('asks once, and knows it from then on', async () => {
    const cluster = new Cluster();
    cluster.has('t', { name: 'a', queues: 2 });
    expect(cluster.table.get('t')).toBeUndefined();
    const route = await cluster.table.lookup('t');
    expect(told(route.queues)).toEqual(['a/0', 'a/1']);
    expect(route.isProvisional).toBe(false);
    expect(cluster.table.get('t')).toBe(route);
    await expect(cluster.table.lookup('t')).resolves.toBe(route);
    expect(cluster.questions).toEqual(['ns t']);
  });

  test('has one question in flight per topic, however many wait', async () => {
    const cluster = new Cluster();
    cluster.has('t', { name: 'a' });
    cluster.has('u', { name: 'a' });
    cluster.holdAnswers();
    const waiting = Array.from({ length: 1000 }, () => cluster.table.lookup('t'));
    const other = cluster.table.lookup('u');
    const refreshing = cluster.table.refresh('t');
    cluster.letAnswersGo();
    const routes = new Set(await Promise.all(waiting));
    await Promise.all([other, refreshing]);
    expect(routes.size).toBe(1);
    expect(cluster.questions).toEqual(['ns t', 'ns u']);
  });

  test('asks anew after a failure', async () => {
    const cluster = new Cluster();
    cluster.downServers.add('ns');
    await expect(cluster.table.lookup('t')).rejects.toMatchObject({
      code: 'RMQ_NAME_SERVER_UNREACHABLE',
      stored: 'no',
    });
    cluster.downServers.clear();
    cluster.has('t', { name: 'a' });
    await expect(cluster.table.lookup('t')).resolves.toMatchObject({ topic: 't' });
  });

  test('fails for a topic that exists but has no queue to write to, without a look at the default topic', async () => {
    const cluster = new Cluster();
    cluster.has('t', { name: 'a', perm: 4 });
    cluster.has('TBW102', { name: 'a', perm: 7 });
    await expect(cluster.table.lookup('t')).rejects.toMatchObject({
      code: 'RMQ_ROUTE_MISSING',
      message: expect.stringContaining('no queue that can be written'),
    });
    expect(cluster.questions).toEqual(['ns t']);
  });
});

describe('a topic that does not exist', () => {
  test('gets the queues it would have on the brokers of the default topic', async () => {
    const cluster = new Cluster();
    cluster.has('TBW102', { name: 'a', queues: 8, perm: 7 }, { name: 'b', queues: 2, perm: 7 });
    const route = await cluster.table.lookup('t');
    expect(told(route.queues)).toEqual(['a/0', 'a/1', 'a/2', 'a/3', 'b/0', 'b/1']);
    expect(route).toMatchObject({ topic: 't', isProvisional: true });
    expect(route.queues[0]?.topic).toBe('t');
    expect(cluster.questions).toEqual(['ns t', 'ns TBW102']);
  });

  test('asks for the createTopicKey that was configured', async () => {
    const cluster = new Cluster({ createTopicKey: 'template' });
    cluster.has('template', { name: 'a', perm: 7 });
    await expect(cluster.table.lookup('t')).resolves.toMatchObject({ isProvisional: true });
  });

  test('gets its real route with a refresh, once it exists', async () => {
    const cluster = new Cluster();
    cluster.has('TBW102', { name: 'a', queues: 8, perm: 7 }, { name: 'b', queues: 8, perm: 7 });
    const provisional = await cluster.table.lookup('t');
    cluster.has('t', { name: 'a', queues: 4 });
    await cluster.table.refreshAll();
    const route = cluster.table.get('t');
    expect(route).toMatchObject({ isProvisional: false });
    expect(told(route?.queues ?? [])).toEqual(['a/0', 'a/1', 'a/2', 'a/3']);
    expect(route?.queues[0]).toBe(provisional.queues[0]);
  });

  test('follows the brokers of the default topic until it exists', async () => {
    const cluster = new Cluster();
    cluster.has('TBW102', { name: 'a', queues: 1, perm: 7 });
    await cluster.table.lookup('t');
    cluster.has('TBW102', { name: 'b', queues: 1, perm: 7 });
    await cluster.table.refresh('t');
    expect(told(cluster.table.get('t')?.queues ?? [])).toEqual(['b/0']);
  });

  test('fails where no broker lets its clients create topics', async () => {
    const cluster = new Cluster({ servers: ['ns1', 'ns2'] });
    await expect(cluster.table.lookup('t')).rejects.toMatchObject({
      code: 'RMQ_ROUTE_MISSING',
      retryable: true,
      message: expect.stringMatching(/\bt\b.*TBW102/),
    });
    const asked = ['ns1 t', 'ns1 TBW102', 'ns2 t', 'ns2 TBW102'];
    expect(cluster.questions).toEqual([...asked, 'ns1 SELF_TEST_TOPIC', 'ns2 SELF_TEST_TOPIC']);
  });

  test.each([
    ['no broker is registered', false, false, { topic: 't', brokers: 0 }],
    ['brokers do not know the topic', true, false, { topic: 't' }],
    ['it cannot be found out whether there are brokers', false, true, { topic: 't' }],
  ])('fails with what is the case: %s', async (_what, hasBrokers, isDenied, detail) => {
    const cluster = new Cluster({
      ...(isDenied && {
        askRoute: async (_address, topic) => {
          if (topic === 'SELF_TEST_TOPIC') throw createError('RMQ_ACCESS_DENIED', 'no');
          return undefined;
        },
      }),
    });
    if (hasBrokers) cluster.has('SELF_TEST_TOPIC', { name: 'a' });
    const none = 'brokers' in detail ? 'No broker is registered. ' : '';
    await expect(cluster.table.lookup('t')).rejects.toMatchObject({
      code: 'RMQ_ROUTE_MISSING',
      message: `${none}The name servers know neither the topic t nor the default topic TBW102.`,
      detail,
    });
  });

  test('has no stand-in for those who may not see the default topic, and that is nothing to warn of', async () => {
    const warnings: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (_, text) => void warnings.push(text ?? '') };
    const denied = createError('RMQ_ACCESS_DENIED', 'no permission');
    const askRoute = (_: string, topic: string) =>
      topic === 'TBW102' ? Promise.reject(denied) : Promise.resolve(undefined);
    const { table } = new Cluster({ askRoute, logger });
    await expect(table.lookup('t')).rejects.toMatchObject({ code: 'RMQ_ROUTE_MISSING' });
    await table.refreshAll();
    expect(warnings).toEqual([]);
    await expect(table.lookup('TBW102')).rejects.toMatchObject({ code: 'RMQ_ACCESS_DENIED' });
  });

  test('is looked for at the other name servers when one knows nothing at all', async () => {
    const cluster = new Cluster({ servers: ['ns1', 'ns2'] });
    cluster.emptyServers.add('ns1');
    cluster.has('TBW102', { name: 'a', perm: 7 });
    cluster.has('t', { name: 'a' });
    await expect(cluster.table.lookup('t')).resolves.toMatchObject({ isProvisional: false });
  });
});

describe('the last good route', () => {
  test('survives name servers that fail', async () => {
    const cluster = new Cluster();
    cluster.has('t', { name: 'a' });
    const route = await cluster.table.lookup('t');
    cluster.downServers.add('ns');
    await cluster.table.refreshAll();
    expect(cluster.table.get('t')).toBe(route);
    expect(cluster.table.addressOf('a')).toBe('a:10911');
  });

  test('survives a name server that was restarted and is still empty, and never becomes provisional', async () => {
    const cluster = new Cluster();
    cluster.has('t', { name: 'a' });
    const route = await cluster.table.lookup('t');
    cluster.routes.clear();
    cluster.has('TBW102', { name: 'b', perm: 7 });
    await cluster.table.refreshAll();
    expect(cluster.table.get('t')).toBe(route);
  });

  test('survives an answer without a queue to write to', async () => {
    const cluster = new Cluster();
    cluster.has('t', { name: 'a' });
    const route = await cluster.table.lookup('t');
    cluster.has('t', { name: 'a', master: null });
    await cluster.table.refreshAll();
    expect(cluster.table.get('t')).toBe(route);
  });

  const fails: [how: string, fail: (cluster: Cluster) => void][] = [
    ['no name server can be reached', ({ downServers }) => downServers.add('ns')],
    ['the name server knows no topic', ({ routes }) => routes.clear()],
    ['the topic has no queue', (cluster) => cluster.has('t')],
    ['its broker has no master', (cluster) => cluster.has('t', { name: 'a', master: null })],
  ];
  const asks: [what: string, ask: (table: RouteTable) => Promise<unknown>][] = [
    ['a refresh', (table) => table.refresh('t')],
    ['a renewal', (table) => table.renew('t')],
    ['a refresh of all topics', (table) => table.refreshAll()],
  ];
  test.each(fails.flatMap(([how, fail]) => asks.map(([what, ask]) => ({ how, what, fail, ask }))))(
    'is kept, with the addresses of its brokers, by $what where $how',
    async ({ fail, ask }) => {
      const cluster = new Cluster();
      const { table } = cluster;
      cluster.has('t', { name: 'a' });
      const route = await table.lookup('t');
      fail(cluster);
      // Twice: what the first time has made of it is not lost the next time either.
      for (let time = 0; time < 2; time++) {
        await ask(table);
        cluster.pass(1000);
        table.dropOfflineBrokers();
        expect(table.get('t')).toBe(route);
        expect(await table.lookup('t')).toBe(route);
        expect([table.addressOf('a'), [...table.brokerAddresses()]]).toEqual(['a:10911', ['a:10911']]);
      }
      expect(cluster.changes).toHaveLength(1);
    },
  );

  test('is replaced as soon as a name server knows better', async () => {
    const cluster = new Cluster({ servers: ['ns1', 'ns2'] });
    cluster.has('t', { name: 'a', queues: 1 });
    await cluster.table.lookup('t');
    cluster.emptyServers.add('ns1');
    cluster.has('t', { name: 'b', queues: 1 });
    await cluster.table.refreshAll();
    expect(told(cluster.table.get('t')?.queues ?? [])).toEqual(['b/0']);
  });

  test('is the same object as long as the answers say the same', async () => {
    const cluster = new Cluster();
    cluster.has('t', { name: 'a', queues: 1 }, { name: 'b', queues: 1 });
    const route = await cluster.table.lookup('t');
    cluster.has('t', { name: 'b', queues: 1 }, { name: 'a', queues: 1 });
    await cluster.table.refreshAll();
    expect(cluster.table.get('t')).toBe(route);
  });
});

describe('a renewal', () => {
  test('joins a question in flight, and is asked for once in half a second', async () => {
    const cluster = new Cluster();
    cluster.has('t', { name: 'a' });
    await cluster.table.lookup('t');
    cluster.holdAnswers();
    const renewals = [cluster.table.renew('t'), cluster.table.renew('t')];
    cluster.has('t', { name: 'b' });
    cluster.letAnswersGo();
    await Promise.all(renewals);
    expect(told(cluster.table.get('t')?.queues ?? [])).toEqual(['b/0', 'b/1', 'b/2', 'b/3']);
    expect(cluster.questions).toHaveLength(2);
    cluster.pass(499);
    await cluster.table.renew('t');
    expect(cluster.questions).toHaveLength(2);
    cluster.pass(1);
    await cluster.table.renew('t');
    expect(cluster.questions).toHaveLength(3);
  });
});

describe('a refresh of all topics', () => {
  test('begins with the default topic before any other is in use', async () => {
    const cluster = new Cluster();
    cluster.has('TBW102', { name: 'a', perm: 7 });
    await cluster.table.refreshAll();
    expect(cluster.questions).toEqual(['ns TBW102']);
    expect(cluster.table.addressOf('a')).toBe('a:10911');
  });

  test('is joined, not doubled, by the next one', async () => {
    const cluster = new Cluster();
    cluster.has('TBW102', { name: 'a', perm: 7 });
    cluster.holdAnswers();
    const first = cluster.table.refreshAll();
    const second = cluster.table.refreshAll();
    cluster.letAnswersGo();
    await Promise.all([first, second]);
    expect(cluster.questions).toEqual(['ns TBW102']);
    await cluster.table.refreshAll();
    expect(cluster.questions).toEqual(['ns TBW102', 'ns TBW102']);
  });

  test('goes on with the other topics when one makes trouble', async () => {
    const cluster = new Cluster();
    for (const topic of ['TBW102', 't', 'u']) {
      cluster.has(topic, { name: 'a', perm: 7 });
      await cluster.table.lookup(topic);
    }
    cluster.routes.delete('TBW102');
    cluster.routes.delete('t');
    cluster.has('u', { name: 'b', queues: 1 });
    await cluster.table.refreshAll();
    expect(told(cluster.table.get('u')?.queues ?? [])).toEqual(['b/0']);
  });

  test('asks about a few topics at a time', async () => {
    const cluster = new Cluster();
    for (let i = 0; i < 100; i++) cluster.has(`t${i}`, { name: 'a' });
    for (let i = 0; i < 100; i++) await cluster.table.lookup(`t${i}`);
    cluster.mostInFlight = 0;
    cluster.questions.length = 0;
    await cluster.table.refreshAll();
    expect(cluster.questions).toHaveLength(101);
    expect(cluster.mostInFlight).toBeLessThanOrEqual(8);
  });

  test('ends early when the table is closed', async () => {
    const cluster = new Cluster();
    for (let i = 0; i < 20; i++) cluster.has(`t${i}`, { name: 'a' });
    for (let i = 0; i < 20; i++) await cluster.table.lookup(`t${i}`);
    cluster.questions.length = 0;
    cluster.holdAnswers();
    const refreshing = cluster.table.refreshAll();
    cluster.table.close();
    cluster.letAnswersGo();
    await refreshing;
    expect(cluster.questions).toHaveLength(8);
  });

  test('forgets topics that nobody used for half an hour', async () => {
    const cluster = new Cluster();
    for (const topic of ['TBW102', 'used', 'idle']) cluster.has(topic, { name: 'a', perm: 7 });
    await cluster.table.refreshAll();
    await cluster.table.lookup('used');
    await cluster.table.lookup('idle');
    await cluster.table.refreshAll();
    for (const minutes of [20, 20]) {
      cluster.pass(minutes * MINUTE);
      cluster.table.get('used');
      await cluster.table.refreshAll();
    }
    cluster.questions.length = 0;
    await cluster.table.refreshAll();
    expect(cluster.questions).toEqual(['ns TBW102', 'ns used']);
    expect(cluster.table.get('idle')).toBeUndefined();
  });

  test('keeps pinned topics however long nobody uses them, and tells nobody of them', async () => {
    const lines: string[] = [];
    const note = (_: object, text = ''): void => void lines.push(text);
    const cluster = new Cluster({ logger: { ...silentLogger, info: note, warn: note } });
    cluster.table.pin('pinned');
    cluster.has('TBW102', { name: 'a', perm: 7 });
    await cluster.table.refreshAll();
    expect([...cluster.table.brokerAddresses()]).toEqual(['a:10911']);
    expect(cluster.table.get('pinned')).toBeUndefined();
    cluster.has('pinned', { name: 'a' }, { name: 'b' });
    for (const minutes of [0, 40, 40]) {
      cluster.pass(minutes * MINUTE);
      await cluster.table.refreshAll();
    }
    expect([...cluster.table.brokerAddresses()]).toEqual(['a:10911', 'b:10911']);
    cluster.downServers.add('ns');
    await cluster.table.refresh('pinned');
    expect(cluster.changes.map(({ topic }) => topic)).toEqual(['TBW102']);
    expect(lines).toEqual(['a route is new or changed']);
  });

  test('forgets nothing while no name server answers', async () => {
    const cluster = new Cluster();
    cluster.has('idle', { name: 'a' });
    await cluster.table.lookup('idle');
    cluster.downServers.add('ns');
    await cluster.table.refreshAll();
    cluster.pass(120 * MINUTE);
    await cluster.table.refreshAll();
    expect(cluster.table.get('idle')).toBeDefined();
  });
});

test('remembers a bounded number of topics', async () => {
  const askRoute = async (): Promise<TopicRouteData> => sampleRoute({ name: 'a', queues: 1 });
  const { table } = new Cluster({ askRoute });
  for (let i = 0; i < 10_005; i++) await table.lookup(`t${i}`);
  const known = Array.from({ length: 10_005 }, (_, i) => table.get(`t${i}`)).filter((route) => route !== undefined);
  expect(known).toHaveLength(10_000);
});

test('makes room by forgetting a topic that was not used since the last refresh', async () => {
  const { table } = new Cluster({ askRoute: async () => sampleRoute({ name: 'a', queues: 1 }) });
  await table.lookup('TBW102');
  for (let i = 0; i < 9999; i++) await table.lookup(`t${i}`);
  await table.refreshAll();
  for (let i = 0; i < 5000; i++) table.get(`t${i}`);
  await table.lookup('one more');
  expect(table.get('TBW102')).toBeDefined();
  expect(table.get('t0')).toBeDefined();
  expect(table.get('t5000')).toBeUndefined();
});

describe('brokers', () => {
  test('are known by the address that the latest answer gave', async () => {
    const cluster = new Cluster();
    cluster.has('t', { name: 'a' }, { name: 'b' });
    await cluster.table.lookup('t');
    expect(cluster.table.brokerAddresses()).toEqual(new Set(['a:10911', 'b:10911']));
    cluster.has('t', { name: 'a', master: 'moved:1' }, { name: 'b' });
    await cluster.table.refresh('t');
    expect(cluster.table.addressOf('a')).toBe('moved:1');
  });

  test('are forgotten when no route mentions them any more, and not before they are dropped', async () => {
    const cluster = new Cluster();
    cluster.has('t', { name: 'a' }, { name: 'b' });
    cluster.has('u', { name: 'a' });
    await Promise.all([cluster.table.lookup('t'), cluster.table.lookup('u')]);
    cluster.has('t', { name: 'a' });
    await cluster.table.refresh('t');
    expect(cluster.table.addressOf('b')).toBe('b:10911');
    cluster.table.dropOfflineBrokers();
    expect(cluster.table.addressOf('b')).toBeUndefined();
    expect(cluster.table.brokerAddresses()).toEqual(new Set(['a:10911']));
  });

  test('are reached where mapBrokerAddress says', async () => {
    const cluster = new Cluster({ mapBrokerAddress: (address) => `127.0.0.1:${address.length}` });
    cluster.has('t', { name: 'a' });
    const route = await cluster.table.lookup('t');
    expect(route.addressOf('a')).toBe('127.0.0.1:7');
    expect(cluster.table.addressOf('a')).toBe('127.0.0.1:7');
  });

  test('come from the name server that told the route, as it told them', async () => {
    const cluster = new Cluster({ servers: ['ns1', 'ns2'], mapBrokerAddress: (address) => `mapped-${address}` });
    cluster.emptyServers.add('ns1');
    cluster.has('t', { name: 'a' });
    await cluster.table.lookup('t');
    const origin = { brokerNames: ['a'], nameServer: 'ns2', told: 'a:10911' };
    expect(cluster.table.originOf('mapped-a:10911')).toEqual(origin);
    expect(cluster.table.originOf('mapped-a:10909')).toEqual(origin);
    expect(cluster.table.originOf('ns2')).toBeUndefined();
    cluster.has('t', { name: 'b' });
    await cluster.table.refresh('t');
    cluster.table.dropOfflineBrokers();
    expect(cluster.table.originOf('mapped-a:10911')).toBeUndefined();
  });

  test('that several brokers have, as behind a proxy, come from all of them', async () => {
    const cluster = new Cluster();
    cluster.has('t', { name: 'a', master: 'ns' }, { name: 'b', master: 'ns' });
    await cluster.table.lookup('t');
    await cluster.table.refresh('t');
    expect(cluster.table.originOf('ns')).toEqual({ brokerNames: ['a', 'b'], nameServer: 'ns', told: 'ns' });
  });

  test('that mapBrokerAddress cannot map fail the route with what is wrong, where none is left', async () => {
    const mapBrokerAddress = (): string => {
      throw new Error('no idea');
    };
    const cluster = new Cluster({ mapBrokerAddress });
    cluster.has('t', { name: 'a' });
    cluster.routes.set('ordered', { ...sampleRoute({ name: 'a' }), orderTopicConf: 'a:4' });
    for (const topic of ['t', 'ordered']) {
      await expect(cluster.table.lookup(topic)).rejects.toMatchObject({
        code: 'RMQ_ADDRESS_MAPPING_FAILED',
        message: 'mapBrokerAddress threw: no idea for the address a:10911',
        retryable: false,
      });
    }
  });

  test('are left out when mapBrokerAddress throws or gives nothing', async () => {
    const mapBrokerAddress = (address: string): string => {
      if (address.startsWith('a')) throw new Error('no idea');
      return address.startsWith('b') ? '' : address;
    };
    const warnings: unknown[] = [];
    const logger: Logger = { ...silentLogger, warn: (o) => void warnings.push(o) };
    const cluster = new Cluster({ mapBrokerAddress, logger });
    cluster.has('t', { name: 'a' }, { name: 'b' }, { name: 'c', queues: 1 });
    const route = await cluster.table.lookup('t');
    expect(told(route.queues)).toEqual(['c/0']);
    expect(warnings).toHaveLength(2);
  });
});

describe('changes', () => {
  test('are told once each, with what is known now', async () => {
    const cluster = new Cluster();
    cluster.has('t', { name: 'a', queues: 1 });
    await cluster.table.lookup('t');
    await cluster.table.refresh('t');
    cluster.has('t', { name: 'a', queues: 1 }, { name: 'b', queues: 2 });
    await cluster.table.refresh('t');
    await cluster.table.refresh('t');
    expect(cluster.changes).toEqual([
      { topic: 't', queues: 1, brokers: ['a'] },
      { topic: 't', queues: 3, brokers: ['a', 'b'] },
    ]);
  });

  test('complete with the table', () => {
    const cluster = new Cluster();
    let isComplete = false;
    cluster.table.changes$.subscribe({ complete: () => (isComplete = true) });
    cluster.table.close();
    expect(isComplete).toBe(true);
  });
});

describe('what is written to the log', () => {
  test('is a warning for a topic that could not be refreshed, and none for a default topic that no broker has', async () => {
    const lines: [level: string, topic: unknown][] = [];
    const note =
      (level: string) =>
      (o: object): void =>
        void lines.push([level, 'topic' in o && o.topic]);
    const cluster = new Cluster({
      logger: { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') },
    });
    await cluster.table.refreshAll();
    await cluster.table.refresh('t');
    expect(lines).toEqual([
      ['debug', 'TBW102'],
      ['warn', 't'],
    ]);
  });
});
