/**
 * The second half of the reactive contract over sockets: failures, stops, subscribing again, reentrancy. In every test:
 * offered = receipts + failures, one outcome each, nothing left over.
 */
import { config as rxjsConfig, map, retry, Subject, throwError, concat } from 'rxjs';
import { fromPull } from '../../operators/from-pull.js';
import type { SendOperator } from '../../operators/send-operator.js';
import { toRocketMQ } from '../../operators/to-rocketmq.js';
import type { ProducerConfig } from '../../src/producer/config.js';
import { createFlowGate } from '../../src/producer/create-flow-gate.js';
import type { PullSource, SourceFactory } from '../../src/producer/flow/pull-source.js';
import type { Message } from '../../src/producer/message/message.js';
import type { SendOutcome } from '../../src/producer/message/outcome.js';
import type { OnFailure, PipelineOptions } from '../../src/producer/pipeline-options.js';
import { SendError } from '../../src/producer/message/send-error.js';
import { delay, drop, refuse } from '../../src/testing/index.js';
import { Account, ending, expectBalance, row } from './account.js';
import { TestCluster, until } from './test-cluster.js';

const servers = new TestCluster();
const accounts: Account[] = [];
const reported: unknown[] = [];
beforeEach(async () => {
  await servers.open();
  reported.length = 0;
  rxjsConfig.onUnhandledError = (error) => reported.push(error);
});
afterEach(async () => {
  await Promise.all(accounts.splice(0).map(({ producer }) => producer.shutdown({ drain: false })));
  // rxjs reports from a timer.
  await new Promise((resolve) => setTimeout(resolve, 2));
  rxjsConfig.onUnhandledError = null;
  await servers.close();
});

function open(config: Partial<ProducerConfig> = {}): Account {
  const account = new Account({ ...servers.config, ...config });
  accounts.push(account);
  return account;
}

const contextsOf = (outcomes: readonly SendOutcome<number>[]): number[] =>
  outcomes.map(({ context }) => context).toSorted((a, b) => a - b);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('failures', () => {
  const MESSAGES = 60;
  const isBad = (n: number): boolean => n === 20 || n === 23;
  const invalid = (n: number): Message<number> => (n === 40 ? { ...row(n), topic: '' } : row(n));

  const play = async (onFailure: OnFailure, results: 'completion' | 'source') => {
    servers.refuseBodies(
      ...upTo(MESSAGES)
        .filter(isBad)
        .map((n) => `row ${n}`),
    );
    const account = open();
    const options = { onFailure, results, window: 8, deadLetter: account.deadLetter } as const;
    const sent$ = fromPull(account.rows(MESSAGES, invalid)).pipe(toRocketMQ<number>(account.producer, options));
    const end = await ending(sent$, account.take);
    await account.producer.flush();
    const receipts = contextsOf(account.outcomes.filter(({ ok }) => ok));
    const stored = servers.cluster.messages('orders').map(({ body }) => Number(body.toString().slice(4)));
    expect(stored.toSorted((a, b) => a - b)).toEqual(receipts);
    if (results === 'source')
      expect(account.outcomes.map(({ context }) => context)).toEqual(contextsOf(account.outcomes));
    return { account, end, receipts, dead: contextsOf(account.dead) };
  };

  describe.each(['completion', 'source'] as const)('with results in the order of %s', (results) => {
    test('error: everything read is a receipt, or named by the error', async () => {
      const { account, end, receipts, dead } = await play('error', results);
      expect(end).toBeInstanceOf(SendError);
      const { failure, alsoFailed, notSent } = end as SendError<number>;
      expect(isBad(failure.context)).toBe(true);
      const named = [failure, ...alsoFailed, ...notSent];
      expect(contextsOf(named)).toEqual(dead);
      expect([...receipts, ...dead].toSorted((a, b) => a - b)).toEqual(upTo(account.read));
      expect(account.read).toBeLessThanOrEqual(23 + 8 + 1);
      expect(account.left).toBe(1);
      await expectBalance(account, account.read, { isEmitted: false });
    });

    test('result: failures are emitted, and the stream goes on', async () => {
      const { account, end, dead } = await play('result', results);
      expect([end, dead]).toEqual(['complete', [20, 23, 40]]);
      expect(contextsOf(account.outcomes)).toEqual(upTo(MESSAGES));
      await expectBalance(account, MESSAGES);
    });

    test('drop: the stream goes on without them', async () => {
      const { account, end, receipts, dead } = await play('drop', results);
      expect([end, dead]).toEqual(['complete', [20, 23, 40]]);
      expect(receipts).toHaveLength(MESSAGES - 3);
      await expectBalance(account, MESSAGES, { isEmitted: false });
    });

    test('delay-error: the stream goes on, and errors at its end', async () => {
      const { account, end, receipts, dead } = await play('delay-error', results);
      expect(end).toBeInstanceOf(SendError);
      const { failure, alsoFailed, notSent } = end as SendError<number>;
      expect([contextsOf([failure, ...alsoFailed]), notSent]).toEqual([[20, 23, 40], []]);
      expect([receipts.length, dead]).toEqual([MESSAGES - 3, [20, 23, 40]]);
      await expectBalance(account, MESSAGES, { isEmitted: false });
    });
  });

  test('an error of the source comes after everything accepted', async () => {
    const account = open();
    const source$ = concat(
      fromPull(account.rows(30)),
      throwError(() => new Error('source')),
    );
    const end = await ending(source$.pipe(toRocketMQ<number>(account.producer, { window: 8 })), account.take);
    expect(end).toEqual(new Error('source'));
    await expectBalance(account, 30);
  });
});

describe('what a function of the caller throws', () => {
  const boom = (): never => {
    throw new Error('boom');
  };
  const throwsFor =
    <R>(value: R) =>
    ({ context = 0 }: { context?: number | undefined }): R =>
      context === 3 ? boom() : value;
  const failures: Readonly<Record<string, readonly [code: string, PipelineOptions<number>, Partial<ProducerConfig>?]>> =
    {
      'a selector': [
        'RMQ_SELECTOR_FAILED',
        {
          selectQueue: (queues, message) => {
            throwsFor(0)(message as Message<number>);
            return queues[0] ?? boom();
          },
        },
      ],
      'a key': ['RMQ_KEY_FAILED', { ordered: { key: throwsFor('key'), onFailure: 'skip' } }],
      retryOn: ['RMQ_RETRY_FAILED', { retry: { retryOn: boom } }],
      delayMs: ['RMQ_RETRY_FAILED', { retry: { retryOn: () => true, delayMs: boom } }],
      checkForbidden: [
        'RMQ_SEND_FORBIDDEN',
        {},
        { hooks: { checkForbidden: ({ message }) => void throwsFor(0)(message as Message<number>) } },
      ],
    };

  test.each(Object.keys(failures))('%s is the failure of its message, and of no other', async (name) => {
    const [code, options, config] = failures[name] ?? ['', {}];
    const refused = servers.cluster.brokers.map((broker) =>
      broker.script({
        when: { code: 'SEND_MESSAGE_V2', matches: ({ body }) => Buffer.from(body ?? '').toString() === 'row 3' },
        reply: refuse('SERVICE_NOT_AVAILABLE'),
      }),
    );
    const account = open(config);
    const all = { window: 4, onFailure: 'result', deadLetter: account.deadLetter, ...options } as const;
    const sent$ = fromPull(account.rows(10)).pipe(toRocketMQ<number>(account.producer, all));
    expect(await ending(sent$, account.take)).toBe('complete');
    for (const rule of refused) rule.stop();
    expect(account.dead.map(({ context, error }) => [context, error.code])).toEqual([[3, code]]);
    expect(reported).toEqual([]);
    await expectBalance(account, 10);
  });

  test('a getter of a message is the failure of that message', async () => {
    const account = open();
    const make = (n: number): Message<number> =>
      n % 2 === 0 ? row(n) : Object.defineProperty({ ...row(n) }, n % 4 === 1 ? 'topic' : 'body', { get: boom });
    const options = { window: 4, onFailure: 'result', deadLetter: account.deadLetter } as const;
    const sent$ = fromPull(account.rows(20, make)).pipe(toRocketMQ<number>(account.producer, options));
    expect(await ending(sent$, account.take)).toBe('complete');
    expect(account.dead).toHaveLength(10);
    expect(
      account.dead.every(({ stage, stored, context }) => stage === 'validate' && stored === 'no' && context % 2),
    ).toBe(true);
    await expectBalance(account, 20);
  });

  test.each(['next', 'the dead letter', 'pressure$', 'events$', 'the logger', 'a hook'] as const)(
    '%s is reported or logged, and breaks nothing',
    async (where) => {
      servers.refuseBodies('row 5');
      const logger = { debug: boom, info: boom, warn: boom, error: boom };
      const hooks = { beforeSend: boom, afterSend: boom };
      const account = open({ ...(where === 'the logger' && { logger }), ...(where === 'a hook' && { hooks }) });
      const gate = createFlowGate({ window: 4 });
      if (where === 'pressure$') gate.pressure$.subscribe(boom);
      if (where === 'events$') account.producer.events$.subscribe(boom);
      const deadLetter = where === 'the dead letter' ? { next: boom } : account.deadLetter;
      const sent$ = fromPull(account.rows(20)).pipe(
        toRocketMQ<number>(account.producer, { gate, onFailure: 'result', deadLetter }),
      );
      const end = await ending(sent$, (outcome) => {
        account.take(outcome);
        if (where === 'next') boom();
      });
      expect(end).toBe('complete');
      // rxjs reports what the subscriber throws; everything else is only looked on from.
      if (where === 'next') await until(() => reported.length === 20);
      expect(reported.map(String)).toEqual(where === 'next' ? Array.from({ length: 20 }, () => 'Error: boom') : []);
      await expectBalance(account, 20);
    },
  );
});

describe('three ways to stop', () => {
  const WINDOW = 4;

  test('until: takes no more, finishes, completes', async () => {
    servers.scriptSends(delay(5));
    const account = open();
    const stop = new Subject<void>();
    const options = { window: WINDOW, until: stop } as const;
    const end = ending(fromPull(account.rows(1e9)).pipe(toRocketMQ<number>(account.producer, options)), account.take);
    await until(() => account.outcomes.length >= 10);
    const { read } = account;
    stop.next();
    expect(account.left).toBe(1);
    expect(await end).toBe('complete');
    expect(account.read).toBe(read);
    expect(account.outcomes.every(({ ok }) => ok)).toBe(true);
    await expectBalance(account, read);
  });

  test('unsubscribe: emits no more, gives back what no broker has seen, finishes and counts the rest', async () => {
    servers.scriptSends(delay(5));
    const account = open();
    const source = new Subject<Message<number>>();
    const { deadLetter, take, producer } = account;
    const given: unknown[] = [];
    producer.events$.subscribe((event) => {
      if (event.type === 'abandoned') given.push(...event.failures.map(({ context }) => context));
    });
    const subscription = source.pipe(toRocketMQ<number>(producer, { window: WINDOW, deadLetter })).subscribe(take);
    for (let n = 0; n < 30; n++) source.next(row(n));
    await until(() => account.outcomes.length >= 10 && servers.sends > account.outcomes.length);
    const emitted = account.outcomes.length;
    subscription.unsubscribe();
    const { inFlight, buffered } = producer.metrics();
    expect([buffered, given.length]).toEqual([0, account.dead.length]);
    expect(account.dead.every(({ stored, stage }) => stored === 'no' && stage === 'abort')).toBe(true);
    await producer.flush();
    expect(account.outcomes).toHaveLength(emitted);
    expect(producer.metrics()).toMatchObject({ sent: emitted + inFlight, failed: account.dead.length });
    expect(servers.cluster.count('orders')).toBe(emitted + inFlight);
    await expectBalance(account, 30, { isEmitted: false });
  });

  test.each([false, true])('signal: ends everything now, also after unsubscribe (%s)', async (isUnsubscribed) => {
    const account = open();
    const { deadLetter, take, producer } = account;
    await producer.send(row(-1));
    servers.scriptSends(drop());
    const abort = new AbortController();
    const source = new Subject<Message<number>>();
    let end: unknown;
    const subscription = source
      .pipe(toRocketMQ<number>(producer, { window: WINDOW, signal: abort.signal, deadLetter }))
      .subscribe({ next: take, error: (error: unknown) => (end = error) });
    for (let n = 0; n < 10; n++) source.next(row(n));
    await until(() => servers.sends === WINDOW + 1);
    if (isUnsubscribed) subscription.unsubscribe();
    abort.abort(new Error('enough'));
    expect(producer.metrics()).toMatchObject({ offered: 11, failed: 10, inFlight: 0, buffered: 0 });
    expect(account.dead.filter(({ stored }) => stored === 'maybe').map(({ context }) => context)).toEqual([0, 1, 2, 3]);
    expect(contextsOf(account.dead)).toEqual(upTo(10));
    if (isUnsubscribed) expect(end).toBeUndefined();
    else expect(end).toMatchObject({ code: 'RMQ_ABORTED', cause: { cause: new Error('enough') } });
    expect(source.observed).toBe(false);
    await expectBalance(account, 11, { isEmitted: false });
  });
});

describe('subscribing again', () => {
  type Rows = PullSource<Message<number>> | SourceFactory<Message<number>>;
  type Send = SendOperator<Message<number>, SendOutcome<number>>;

  test('twice in a row, at once, and after an error, each subscription sends everything', async () => {
    const account = open();
    let tries = 0;
    const sent$ = fromPull({ [Symbol.iterator]: () => account.rows(20) }).pipe(
      map((message) => {
        if (tries++ === 10) throw new Error('first');
        return message;
      }),
      toRocketMQ<number>(account.producer, { window: 4 }),
    );
    expect(await ending(sent$, account.take)).toEqual(new Error('first'));
    expect(await ending(sent$, account.take)).toBe('complete');
    expect(await Promise.all([ending(sent$, account.take), ending(sent$, account.take)])).toEqual([
      'complete',
      'complete',
    ]);
    expect(account.most.inFlight).toBe(2 * 4);
    await expectBalance(account, 10 + 3 * 20);
    expect(account.producer.state).toBe('RUNNING');
  });

  test.each([
    ['through fromPull', (rows: Rows, to: Send) => to(fromPull(rows))],
    ['directly', (rows: Rows, to: Send) => to(rows)],
  ])('a generator %s cannot be sent twice, and says so; a factory gives a new one', async (_, send) => {
    servers.refuseBodies('row 3');
    const account = open();
    const to = toRocketMQ<number>(account.producer, { window: 4 });
    expect(await ending(send(account.rows(20), to).pipe(retry(1)), account.take)).toMatchObject({
      code: 'RMQ_SOURCE_USED',
    });
    expect(account.read).toBeLessThan(20);
    servers.refuseBodies(`row ${account.read + 3}`);
    expect(await ending(send(() => account.rows(20), to).pipe(retry(1)), account.take)).toBe('complete');
    // The second time the rows have other numbers, which no broker refuses.
    expect(contextsOf(account.outcomes).slice(-20)).toEqual(upTo(account.read).slice(-20));
  });

  test('an owned producer outlives its last subscription for a while, and serves a retry() on the same connections', async () => {
    servers.refuseBodies('row 0');
    const account = open();
    const send = toRocketMQ<number>({ ...servers.config, group: 'owned' });
    const sent$ = fromPull({ [Symbol.iterator]: () => account.rows(5) }).pipe(send, retry(1));
    expect(await ending(sent$, account.take)).toBe('complete');
    // The second time the rows have other numbers, which no broker refuses.
    expect(contextsOf(account.outcomes).slice(-5)).toEqual(upTo(account.read).slice(-5));
    expect(servers.cluster.nameServer.connections).toHaveLength(1);
    expect(servers.cluster.brokers.map((broker) => broker.requests('UNREGISTER_CLIENT'))).toEqual([0, 0]);
    expect(await ending(fromPull(account.rows(5)).pipe(send), account.take)).toBe('complete');
    expect(servers.cluster.nameServer.connections).toHaveLength(1);
    await until(() => servers.cluster.nameServer.connections.length === 0);
    expect(servers.cluster.count('orders')).toBe(account.outcomes.length);
  });
});

describe('from inside a result handler', () => {
  test('sending by the stream, by the producer and by another stream is bounded, and nothing is emitted within', async () => {
    const account = open();
    const { producer } = account;
    const source = new Subject<Message<number>>();
    let depth = 0;
    let deepest = 0;
    let next = 1000;
    const others: Promise<unknown>[] = [];
    const end = ending(source.pipe(toRocketMQ<number>(producer, { window: 3 })), (outcome) => {
      deepest = Math.max(deepest, ++depth);
      account.take(outcome);
      if (outcome.context < 100) {
        source.next(row(outcome.context + 1));
        others.push(producer.send(row(next++)).then(account.take));
        others.push(ending(toRocketMQ<number>(producer)([row(next++)]), account.take));
      } else {
        source.complete();
      }
      depth--;
    });
    source.next(row(0));
    expect(await end).toBe('complete');
    await Promise.all(others);
    expect(deepest).toBe(1);
    expect(account.outcomes.filter(({ context }) => context < 1000).map(({ context }) => context)).toEqual(upTo(101));
    await expectBalance(account, 301);
  });

  test('unsubscribing emits nothing more, also where more outcomes are there already', async () => {
    for (const kind of ['valid', 'invalid'] as const) {
      const account = open({ group: `group-${kind}` });
      const source = new Subject<Message<number>>();
      const options = { window: 4, onFailure: 'result', deadLetter: account.deadLetter } as const;
      const subscription = source.pipe(toRocketMQ<number>(account.producer, options)).subscribe((outcome) => {
        account.take(outcome);
        if (account.outcomes.length < 5) return;
        source.next({ ...row(99), topic: '' });
        subscription.unsubscribe();
        source.next(row(100));
      });
      for (let n = 0; n < 20; n++) source.next(kind === 'valid' ? row(n) : { ...row(n), topic: '' });
      await until(() => account.outcomes.length === 5);
      await account.producer.flush();
      expect(account.outcomes).toHaveLength(5);
      await expectBalance(account, kind === 'valid' ? 21 : 6, { isEmitted: false });
    }
  });

  test('shutdown drains the stream that called it', async () => {
    const account = open();
    const { producer, take } = account;
    let summary: Promise<unknown> | undefined;
    const end = ending(fromPull(account.rows(1e9)).pipe(toRocketMQ<number>(producer, { window: 8 })), (outcome) => {
      take(outcome);
      if (account.outcomes.length === 50) summary = producer.shutdown();
    });
    expect(await end).toMatchObject({ code: 'RMQ_CLOSED' });
    expect(await summary).toMatchObject({ abandoned: [] });
    expect([account.left, account.outcomes.every(({ ok }) => ok)]).toEqual([1, true]);
    await expectBalance(account, account.read);
  });

  test('what is thrown while the stream drains loses no outcome, and hangs nothing', async () => {
    servers.scriptSends(delay(5));
    const account = open();
    const { producer, take } = account;
    const end = ending(fromPull(account.rows(1e9)).pipe(toRocketMQ<number>(producer, { window: 8 })), (outcome) => {
      take(outcome);
      if (producer.state !== 'RUNNING') throw new Error('while draining');
    });
    await until(() => account.outcomes.length > 8);
    const before = account.outcomes.length;
    await producer.shutdown();
    expect(await end).toMatchObject({ code: 'RMQ_CLOSED' });
    await until(() => reported.length === account.outcomes.length - before);
    expect(reported.length).toBeGreaterThan(0);
    await expectBalance(account, account.read);
  });

  test('twenty thousand outcomes that come about at once, each of which hands in the next, grow no stack', async () => {
    const account = open();
    const source = new Subject<Message<number>>();
    const order: number[] = [];
    const end = ending(source.pipe(toRocketMQ<number>(account.producer, { onFailure: 'result' })), ({ context }) => {
      order.push(context);
      if (context < 20_000) source.next({ ...row(context + 1), topic: '' });
      else source.complete();
    });
    source.next({ ...row(1), topic: '' });
    expect(await end).toBe('complete');
    expect(order).toEqual(upTo(20_001).slice(1));
    await expectBalance(account, 20_000, { isEmitted: false });
  });
});
