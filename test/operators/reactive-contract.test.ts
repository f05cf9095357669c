/**
 * The first half of the reactive contract over sockets: bounds, pull sources, push sources, downstream. In every test:
 * offered = receipts + failures, one outcome each, nothing left over. Its other half is `reactive-contract-ends.test.ts`.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  concatMap,
  config as rxjsConfig,
  connectable,
  filter,
  groupBy,
  map,
  merge,
  mergeMap,
  type Observable,
  of,
  Subject,
  timer,
} from 'rxjs';
import { fromPull } from '../../operators/from-pull.js';
import { mapAsync } from '../../operators/map-async.js';
import { toRocketMQ } from '../../operators/to-rocketmq.js';
import type { ProducerConfig } from '../../src/producer/config.js';
import { createFlowGate } from '../../src/producer/create-flow-gate.js';
import type { Message } from '../../src/producer/message/message.js';
import type { SendOutcome } from '../../src/producer/message/outcome.js';
import { SendError } from '../../src/producer/message/send-error.js';
import type { OnOverflow, Pressure } from '../../src/producer/flow/window.js';
import { delay } from '../../src/testing/index.js';
import { Account, ending, expectBalance, row } from './account.js';
import { TestCluster, until } from './test-cluster.js';

const servers = new TestCluster();
const accounts: Account[] = [];
beforeEach(() => servers.open());
afterEach(async () => {
  await Promise.all(accounts.splice(0).map(({ producer }) => producer.shutdown({ drain: false })));
  await servers.close();
});

function open(config: Partial<ProducerConfig> = {}): Account {
  const account = new Account({ ...servers.config, ...config });
  accounts.push(account);
  return account;
}

const WINDOW = 5;
const MESSAGES = 100;
/** Less than five messages of different sizes. */
const WINDOW_BYTES = 400;
const sized = (n: number): Message<number> => ({ ...row(n), body: 'x'.repeat(1 + ((n * 37) % 150)) });

/** Every way in, as a function that ends when everything has its outcome. */
const ways: Readonly<Record<string, (account: Account, limits: object) => Promise<unknown>>> = {
  'fromPull of an iterable': (account, limits) =>
    ending(fromPull(account.rows(MESSAGES, sized)).pipe(toRocketMQ<number>(account.producer, limits)), account.take),
  'an iterable': (account, limits) =>
    ending(toRocketMQ<number>(account.producer, limits)(account.rows(MESSAGES, sized)), account.take),
  'a push source': ({ producer, take }, limits) => {
    const source = new Subject<Message<number>>();
    const end = ending(source.pipe(toRocketMQ<number>(producer, limits)), take);
    for (let n = 0; n < MESSAGES; n++) source.next(sized(n));
    source.complete();
    return end;
  },
  async writable(account, limits) {
    await pipeline(
      account.rows(MESSAGES, sized),
      account.producer.writable<number>(limits).on('outcome', account.take),
    );
  },
  async sendEach(account, limits) {
    for await (const outcome of account.producer.sendEach<number>(account.rows(MESSAGES, sized), limits)) {
      account.take(outcome);
      if (outcome.context % 10 === 0) await new Promise(setImmediate);
    }
  },
};

describe('the window', () => {
  test.each(Object.keys(ways))('bounds what is in flight at every change, by count and by bytes: %s', async (name) => {
    for (const results of ['completion', 'source'] as const) {
      const byCount = open({ group: `count-${results}` });
      await ways[name]?.(byCount, { window: WINDOW, results });
      await expectBalance(byCount, MESSAGES);
      expect(byCount.most.inFlight).toBe(WINDOW);

      const byBytes = open({ group: `bytes-${results}` });
      await ways[name]?.(byBytes, { windowBytes: WINDOW_BYTES, results, buffer: { bytes: 2 ** 20 } });
      await expectBalance(byBytes, MESSAGES);
      expect(byBytes.most.inFlightBytes).toBeLessThanOrEqual(WINDOW_BYTES);
      expect(byBytes.most.inFlightBytes).toBeGreaterThan(WINDOW_BYTES / 2);
      // A pull source may have one message waiting, because its size did not fit.
      if (name !== 'a push source') expect(byBytes.most.buffered).toBeLessThanOrEqual(1);
    }
  });

  test('of each of several pipelines on one producer is its own', async () => {
    const account = open();
    const gates = [3, 4, 5].map((window) => createFlowGate({ window }));
    const most = [0, 0, 0];
    const watches = gates.map((gate, at) =>
      gate.pressure$.subscribe(({ inFlight }) => (most[at] = Math.max(most[at] ?? 0, inFlight))),
    );
    const ends = gates.map((gate) =>
      ending(fromPull(account.rows(MESSAGES)).pipe(toRocketMQ<number>(account.producer, { gate })), account.take),
    );
    expect(await Promise.all(ends)).toEqual(['complete', 'complete', 'complete']);
    for (const watch of watches) watch.unsubscribe();
    await expectBalance(account, 3 * MESSAGES);
    expect(account.most.inFlight).toBe(3 + 4 + 5);
    for (const [at, window] of [3, 4, 5].entries()) expect(most[at]).toBeLessThanOrEqual(window);
  });

  test('of a producer bounds all its pipelines and sends together, and a greedy one starves no other', async () => {
    servers.scriptSends(delay(1));
    const account = open({ maxInFlight: 6 });
    const { producer } = account;
    const stop = new Subject<void>();
    const order: string[] = [];
    const note =
      (name: string) =>
      (outcome: SendOutcome<number>): void => {
        order.push(name);
        account.take(outcome);
      };
    const options = { window: 64, until: stop };
    const greedy = ending(fromPull(account.rows(1e9)).pipe(toRocketMQ<number>(producer, options)), note('greedy'));
    await until(() => order.length > 30);
    const from = order.length;
    const modest = ['pull', 'pushed'].map((name) => {
      const rows = account.rows(40);
      const source: Observable<Message<number>> = name === 'pull' ? fromPull(rows) : of(...rows);
      return ending(source.pipe(toRocketMQ<number>(producer, { window: 2 })), note(name));
    });
    await Promise.all(modest);
    const until80 = order.slice(from);
    stop.next();
    await greedy;
    await expectBalance(account, account.read);
    // Each pipeline may always have one, also beyond the limit.
    expect(account.most.inFlight).toBeLessThanOrEqual(6 + 2);
    // In turn: of what came free, the greedy one had no more than its part, and what it had before.
    expect(until80.filter((name) => name === 'greedy').length).toBeLessThanOrEqual(40 * 6);
    expect(until80.filter((name) => name !== 'greedy')).toHaveLength(80);
  });
});

describe('a pull source', () => {
  type Rows = Iterable<Message<number>>;
  const through: Readonly<Record<string, readonly [sources: number, (rows: Rows) => Observable<Message<number>>]>> = {
    map: [1, (rows) => fromPull(rows).pipe(map((message) => ({ ...message, tag: 'mapped' })))],
    filter: [1, (rows) => fromPull(rows).pipe(filter(({ context = 0 }) => context % 3 !== 0))],
    'mergeMap(of)': [1, (rows) => fromPull(rows).pipe(mergeMap((message) => of(message)))],
    concatMap: [1, (rows) => fromPull(rows).pipe(concatMap((message) => of(message)))],
    groupBy: [
      1,
      (rows) =>
        fromPull(rows).pipe(
          groupBy(({ context = 0 }) => context % 7),
          mergeMap((group) => group.pipe(map((message) => ({ ...message, tag: `group-${group.key}` })))),
        ),
    ],
    'merge of several': [3, (rows) => merge(fromPull(rows), fromPull(rows), fromPull(rows))],
    'concatMap of files': [1, (rows) => of(1, 2, 3).pipe(concatMap(() => fromPull(rows)))],
    'mergeMap of files': [3, (rows) => of(1, 2, 3).pipe(mergeMap(() => fromPull(rows)))],
    'concatMap of files that are pulled': [2, (rows) => fromPull([1, 2, 3]).pipe(concatMap(() => fromPull(rows)))],
  };

  test.each(Object.keys(through))('is read no further than the window, through %s', async (name) => {
    const account = open();
    const [sources, build] = through[name] ?? [0, () => of(row(0))];
    let ends = 0;
    // One endless supply for all sources; each takes what is next.
    const rows: Rows = {
      [Symbol.iterator]: () => {
        let taken = 0;
        return {
          next: () => {
            if (taken++ >= MESSAGES) return { done: true, value: ends++ };
            account.mostAhead = Math.max(account.mostAhead, account.read + 1 - skipped() - account.settled);
            return { done: false, value: row(account.read++) };
          },
        };
      },
    };
    const skipped = (): number => (name === 'filter' ? Math.ceil(account.read / 3) : 0);
    expect(await ending(build(rows).pipe(toRocketMQ<number>(account.producer, { window: WINDOW })), account.take)).toBe(
      'complete',
    );
    expect(account.mostAhead).toBeGreaterThanOrEqual(WINDOW);
    expect(account.mostAhead).toBeLessThanOrEqual(WINDOW + sources);
    expect(account.most.inFlight).toBe(WINDOW);
    expect(ends * MESSAGES).toBe(account.read);
    await expectBalance(account, account.read - skipped());
  });

  test.each([
    ['a window', { window: WINDOW }, row, 0],
    ['a window of a gate', { gate: createFlowGate({ window: WINDOW }) }, row, 0],
    // One waits beside it, because its size did not fit.
    ['a window in bytes', { windowBytes: WINDOW_BYTES }, sized, 1],
  ])('is read ahead of %s by the concurrency of mapAsync, exactly', async (_, limits, make, beside) => {
    servers.cluster.brokers.forEach((broker) => broker.script({ when: { code: 'SEND_MESSAGE_V2' }, reply: delay(2) }));
    for (const ordered of [true, false]) {
      const account = open();
      const sent$ = fromPull(() => account.rows(MESSAGES, make)).pipe(
        mapAsync(
          async (message) => {
            await new Promise((resolve) => setTimeout(resolve, (message.context ?? 0) % 3));
            return message;
          },
          { concurrency: 3, ordered },
        ),
        toRocketMQ<number>(account.producer, limits),
      );
      expect(await ending(sent$, account.take)).toBe('complete');
      if (beside === 0) expect(account.most.inFlight).toBe(WINDOW);
      expect(account.mostAhead).toBeGreaterThanOrEqual(3 + account.most.inFlight);
      expect(account.mostAhead).toBeLessThanOrEqual(3 + account.most.inFlight + beside);
      await expectBalance(account, MESSAGES);
      expect(account.left).toBe(1);
    }
  });

  test('whose work fails sends what was accepted before, and then errors', async () => {
    const account = open();
    const sent$ = fromPull(() => account.rows(MESSAGES)).pipe(
      mapAsync(async (message) => {
        if (message.context === 40) throw new Error('no customer');
        return message;
      }),
      toRocketMQ<number>(account.producer, { window: WINDOW, results: 'source' }),
    );
    expect(await ending(sent$, account.take)).toEqual(new Error('no customer'));
    expect(account.outcomes.map(({ context }) => context)).toEqual(Array.from({ length: 40 }, (_, n) => n));
    await expectBalance(account, 40);
  });

  test.each([
    ['an async generator', 1, (account: Account) => account.rowsInTurns(MESSAGES)],
    // Node reads `highWaterMark` ahead, its own iterator keeps one more.
    ['a Readable', 5, (account: Account) => Readable.from(account.rows(MESSAGES), { highWaterMark: 3 })],
  ] as const)('that is %s is read no further than the window and its own read-ahead', async (_, readAhead, build) => {
    for (const send of ['pipe', 'sendEach', 'direct'] as const) {
      const account = open({ group: `group-${send}` });
      const { producer, take } = account;
      const options = { window: WINDOW };
      if (send === 'sendEach') {
        for await (const outcome of producer.sendEach<number>(build(account), options)) take(outcome);
      } else {
        const toBroker = toRocketMQ<number>(producer, options);
        const source = build(account);
        await ending(send === 'direct' ? toBroker(source) : fromPull<Message<number>>(source).pipe(toBroker), take);
      }
      expect(account.mostAhead).toBeLessThanOrEqual(WINDOW + readAhead);
      await expectBalance(account, MESSAGES);
    }
  });

  test.each(['invalid', 'filtered out'] as const)(
    'without end whose messages are all %s starves neither timers nor sockets',
    async (what) => {
      const account = open();
      const { producer, take } = account;
      const stop = new AbortController();
      const make = what === 'invalid' ? (n: number): Message<number> => ({ ...row(n), topic: '' }) : row;
      const endless = fromPull(account.rows(1e12, make)).pipe(filter(() => what === 'invalid'));
      const options = { onFailure: 'drop', until: stop.signal } as const;
      const end = ending(endless.pipe(toRocketMQ<number>(producer, options)), take);
      // Needs a socket, and then a timer, while the source is being read.
      await producer.send(row(0));
      await new Promise((resolve) => setTimeout(resolve, 5));
      stop.abort();
      expect(await end).toBe('complete');
      expect(account.left).toBe(1);
      await expectBalance(account, what === 'invalid' ? account.read + 1 : 1, { isEmitted: false });
    },
  );

  test('that is subscribed to across an asynchronous boundary goes by the gate that it is given', async () => {
    const account = open();
    const gate = createFlowGate({ window: WINDOW });
    const sources$ = timer(1, 1).pipe(
      mergeMap(() => fromPull(account.rows(MESSAGES), gate)),
      toRocketMQ<number>(account.producer, { gate, until: timer(20) }),
    );
    expect(await ending(sources$, account.take)).toBe('complete');
    expect(account.mostAhead).toBeGreaterThanOrEqual(WINDOW);
    // One waiting message for each source at most.
    expect(account.mostAhead).toBeLessThanOrEqual(WINDOW + 25);
    expect(account.most.inFlight).toBeLessThanOrEqual(WINDOW);
    await expectBalance(account, account.outcomes.length);
  });

  test('of two pipelines goes by the gate of both', async () => {
    const account = open();
    const gate = createFlowGate();
    const shared = connectable(fromPull(account.rows(MESSAGES), gate), { connector: () => new Subject() });
    const ends = [WINDOW, 2 * WINDOW].map((window) =>
      ending(shared.pipe(toRocketMQ<number>(account.producer, { gate, window })), () => {}),
    );
    shared.connect();
    expect(await Promise.all(ends)).toEqual(['complete', 'complete']);
    expect(account.most.inFlight).toBeLessThanOrEqual(WINDOW + 2 * WINDOW);
    expect(account.most.buffered).toBe(0);
    await expectBalance(account, 2 * MESSAGES, { isEmitted: false });
  });

  test('that finds no gate is warned about once, and is sent all the same', async () => {
    jest.resetModules();
    const fresh = await import('../../operators/from-pull.js');
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const account = open();
    const late$ = timer(0, 1).pipe(mergeMap((at) => (at < 3 ? fresh.fromPull(account.rows(10)) : of())));
    const sent$ = late$.pipe(toRocketMQ<number>(account.producer, { window: 4, until: timer(15) }));
    expect(await ending(sent$, account.take)).toBe('complete');
    expect(warn.mock.calls).toEqual([[expect.stringContaining('full speed'), { code: 'RMQ_NO_GATE' }]]);
    warn.mockRestore();
    await expectBalance(account, account.outcomes.length);
  });
});

describe('leaving a pull source', () => {
  const stops = ['until', 'unsubscribe', 'signal', 'shutdown', 'a failure', 'take'] as const;
  /** Three rows, and then a next() that never comes back. */
  const stuck = (left: () => void, first = row(0)): AsyncIterable<Message<number>> => ({
    [Symbol.asyncIterator]: () => {
      const rows = [first, row(1), row(2)].values();
      return {
        next: () => {
          const result = rows.next();
          return result.done === true ? new Promise(() => {}) : Promise.resolve(result);
        },
        return: () => {
          left();
          return new Promise(() => {});
        },
      };
    },
  });

  test.each(stops)('calls return() at once, whatever next() waits for: %s', async (stop) => {
    const account = open();
    const { producer } = account;
    let returned = 0;
    const ended = new Subject<void>();
    const abort = new AbortController();
    const first = stop === 'a failure' ? { ...row(0), topic: '' } : row(0);
    const sent$ = fromPull(stuck(() => returned++, first)).pipe(
      toRocketMQ<number>(producer, { until: ended, signal: abort.signal }),
    );
    let end: unknown;
    const subscription = sent$.subscribe({
      next: (outcome) => {
        account.take(outcome);
        if (stop === 'take') subscription.unsubscribe();
      },
      error: (error: unknown) => (end = error),
      complete: () => (end = 'complete'),
    });
    await until(() => account.outcomes.length === (stop === 'take' ? 1 : stop === 'a failure' ? 0 : 3) || returned > 0);
    if (stop === 'until') ended.next();
    if (stop === 'unsubscribe') subscription.unsubscribe();
    if (stop === 'signal') abort.abort();
    if (stop === 'shutdown') await producer.shutdown();
    await until(() => returned > 0);
    expect(returned).toBe(1);
    await producer.flush();
    const ends = { until: 'complete', signal: { code: 'RMQ_ABORTED' }, shutdown: { code: 'RMQ_CLOSED' } };
    if (stop in ends) expect([end]).toMatchObject([ends[stop as keyof typeof ends]]);
    await expectBalance(account, producer.metrics().offered, { isEmitted: false });
  });

  test('whose return() throws ends the pipeline like any other, and the producer shuts down', async () => {
    const reported: unknown[] = [];
    rxjsConfig.onUnhandledError = (error) => reported.push(error);
    try {
      const account = open();
      const broken: Iterable<Message<number>> = {
        [Symbol.iterator]: () => ({
          next: () => ({ done: false, value: row(account.read++) }),
          return: () => {
            throw new Error('return');
          },
        }),
      };
      const toBroker = toRocketMQ<number>(account.producer, { window: 2 });
      const ends = [ending(toBroker(broken), account.take), ending(toBroker(broken), account.take)];
      await until(() => account.outcomes.length > 5);
      await account.producer.shutdown();
      expect(await Promise.all(ends)).toMatchObject([{ code: 'RMQ_CLOSED' }, { code: 'RMQ_CLOSED' }]);
      await until(() => reported.length === 2);
      expect(reported).toEqual([new Error('return'), new Error('return')]);
      await expectBalance(account, account.read);
    } finally {
      rxjsConfig.onUnhandledError = null;
    }
  });
});

describe('a push source', () => {
  const pushed = async (onOverflow: OnOverflow, onFailure: 'error' | 'result') => {
    servers.scriptSends(delay(2));
    const account = open();
    let overflowed = 0;
    account.producer.events$.subscribe((event) => (overflowed += event.type === 'overflow' ? event.dropped : 0));
    const source = new Subject<Message<number>>();
    const { deadLetter, take } = account;
    const options = { window: 2, buffer: { messages: 3, onOverflow }, onFailure, deadLetter } as const;
    const end = ending(source.pipe(toRocketMQ<number>(account.producer, options)), take);
    for (let n = 0; n < 20; n++) source.next(row(n));
    source.complete();
    const ended = await end;
    await account.producer.flush();
    return { account, ended, overflowed, dead: account.dead.map(({ context }) => context) };
  };
  const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);

  test('error: sends what was accepted, names what was not, and ends the stream', async () => {
    const { account, ended, dead, overflowed } = await pushed('error', 'error');
    expect(ended).toBeInstanceOf(SendError);
    const { failure, alsoFailed, notSent } = ended as SendError<number>;
    expect([failure.context, failure.stage, failure.stored, alsoFailed]).toEqual([5, 'overflow', 'no', []]);
    expect(notSent.map(({ context }) => context)).toEqual([2, 3, 4]);
    expect(account.outcomes.map(({ context }) => context).toSorted((a, b) => a - b)).toEqual([0, 1]);
    expect([dead, overflowed]).toEqual([[5, 2, 3, 4], 1]);
    await expectBalance(account, 6, { isEmitted: false });
  });

  test.each([
    ['error', numbers(5, 20), 'RMQ_OVERLOADED'],
    ['drop-newest', numbers(5, 20), 'RMQ_DROPPED'],
    ['drop-oldest', numbers(2, 17), 'RMQ_DROPPED'],
    ['unbounded', [], undefined],
  ] as const)('%s: every message that is not sent is a failure, in dead letter, metrics and events', async (...row) => {
    const [policy, dropped, code] = row;
    const { account, ended, dead, overflowed } = await pushed(policy, 'result');
    expect([ended, dead, overflowed]).toEqual(['complete', dropped, dropped.length]);
    expect(account.dead.every(({ error, stored }) => error.code === code && stored === 'no')).toBe(true);
    expect(account.producer.metrics()).toMatchObject({ sent: 20 - dropped.length, failed: dropped.length });
    expect(account.most.buffered).toBe(policy === 'unbounded' ? 18 : 3);
    expect(servers.cluster.count('orders')).toBe(20 - dropped.length);
    await expectBalance(account, 20);
  });

  test('that asks for room loses nothing and needs no buffer: ready, open, pressure$', async () => {
    const account = open();
    const gate = createFlowGate({ window: WINDOW, buffer: { messages: 0 } });
    expect(gate.open).toBe(false);
    const source = new Subject<Message<number>>();
    const end = ending(source.pipe(toRocketMQ<number>(account.producer, { gate })), account.take);
    const seen: Pressure[] = [];
    const watch = gate.pressure$.subscribe((pressure) => seen.push(pressure));
    for (let n = 0; n < MESSAGES; n++) {
      await gate.ready();
      expect(gate.open).toBe(true);
      source.next(row(n));
    }
    source.complete();
    expect(await end).toBe('complete');
    await expect(gate.ready()).rejects.toMatchObject({ code: 'RMQ_CLOSED' });
    watch.unsubscribe();
    expect(account.most).toMatchObject({ inFlight: WINDOW, buffered: 0 });
    expect(seen.every(({ inFlight, buffered }) => inFlight <= WINDOW && buffered === 0)).toBe(true);
    expect(seen.some(({ open }) => open) && seen.some(({ open }) => !open)).toBe(true);
    await expectBalance(account, MESSAGES);
  });
});

describe('downstream', () => {
  test('an outcome that is not taken holds its slot, in sendEach and where results come in the order of the source', async () => {
    for (const results of ['completion', 'source'] as const) {
      const account = open({ group: `group-${results}` });
      const outcomes = account.producer.sendEach<number>(account.rows(MESSAGES), { window: WINDOW, results });
      for await (const outcome of outcomes) {
        account.take(outcome);
        expect(account.read - account.outcomes.length).toBeLessThanOrEqual(WINDOW);
        if (outcome.context % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 3));
      }
      await expectBalance(account, MESSAGES);
    }
  });

  test('a loop over a source that overflows at once gives everything back', async () => {
    const account = open();
    const outcomes = account.producer.sendEach<number>(
      of(...account.rows(MESSAGES, (n) => ({ ...row(n), topic: '' }))),
      {
        window: 2,
        buffer: { messages: 3 },
      },
    );
    const loop = async (): Promise<void> => {
      for await (const outcome of outcomes) account.take(outcome);
    };
    await expect(loop()).rejects.toMatchObject({ code: 'RMQ_OVERLOADED' });
    await expectBalance(account, account.producer.metrics().offered, { isEmitted: false });
  });

  test('a write is done when there is room, and abort and destroy give back what was not sent', async () => {
    servers.scriptSends(delay(5));
    for (const stop of ['signal', 'destroy'] as const) {
      const account = open({ group: `group-${stop}` });
      const abort = new AbortController();
      const sink = account.producer.writable<number>({ window: WINDOW, deadLetter: account.deadLetter });
      sink.on('outcome', account.take);
      const done = pipeline(account.rows(1e9), sink, { signal: abort.signal });
      await until(() => account.outcomes.length >= 2 * WINDOW);
      if (stop === 'signal') abort.abort();
      else sink.destroy();
      await expect(done).rejects.toHaveProperty('name');
      await until(() => account.left === 1);
      expect(account.most.inFlight).toBe(WINDOW);
      // The one being written beside the window.
      expect(account.mostAhead).toBeLessThanOrEqual(WINDOW + 2);
      const { offered, failed } = account.producer.metrics();
      await expectBalance(account, offered, { isEmitted: false });
      expect(account.dead.length).toBeGreaterThanOrEqual(failed);
    }
  });
});
