import { firstValueFrom, of, Subject, toArray } from 'rxjs';
import { selectQueue } from '../../operators/select-queue.js';
import { fail } from '../../operators/stage.js';
import type { ErrorCode } from '../../src/errors/error-table.js';
import { createError } from '../../src/errors/rocketmq-error.js';
import type { Envelope, Routed, Settled } from '../../src/producer/message/envelope.js';
import { openEnvelope } from '../../src/producer/message/open-envelope.js';
import type { QueueSelector } from '../../src/producer/message/queue-selector.js';
import { VirtualTime } from '../src/time/virtual-time.js';
import { FlowBench, LIMITS, queue, ROUTE, routed } from './operator-kit.js';

const chosen = async (selector: QueueSelector | undefined, ...envelopes: (Routed<number> | Settled<number>)[]) => {
  const passed = await firstValueFrom(of(...envelopes).pipe(selectQueue(selector), toArray()));
  return passed.map(({ queue, outcome }) =>
    outcome === undefined ? `${queue?.brokerName}/${queue?.queueId}` : outcome,
  );
};

const keyed = (shardingKey: string): Routed<number> => {
  const envelope = openEnvelope({ topic: 'orders', body: 'x', shardingKey, context: 0 }, LIMITS);
  envelope.route = ROUTE;
  return envelope as Routed<number>;
};

const byText = (a: unknown, b: unknown): number => String(a).localeCompare(String(b));

describe('selectQueue', () => {
  test('goes round all queues', async () => {
    const four = await chosen(undefined, routed(), routed(), routed(), routed());
    expect(four.toSorted(byText)).toEqual(['broker-a/0', 'broker-a/1', 'broker-b/0', 'broker-b/1']);
  });

  test('passes over excluded brokers in rotation', async () => {
    const envelopes = [routed(), routed(), routed(), routed()];
    for (const envelope of envelopes) envelope.excludedBrokers = new Set(['broker-a']);
    expect((await chosen(undefined, ...envelopes)).toSorted(byText)).toEqual([
      'broker-b/0',
      'broker-b/0',
      'broker-b/1',
      'broker-b/1',
    ]);
  });

  test('takes any broker when all are excluded', async () => {
    const envelope = routed();
    envelope.excludedBrokers = new Set(['broker-a', 'broker-b']);
    expect(await chosen(undefined, envelope)).toEqual([expect.stringMatching(/^broker-/)]);
  });

  test('with batching, rotation stays at a queue until what was gathered for it has left', () => {
    const source = new Subject<Routed<number> | Settled<number>>();
    const queues: unknown[] = [];
    source.pipe(selectQueue(undefined, undefined, { batch: true })).subscribe(({ queue: to }) => queues.push(to));
    const [first, second, third, other, retried] = [routed(), routed(), routed(), routed(), routed()];
    source.next(first);
    source.next(second);
    second.attempt = 1;
    source.next(third);
    // A retry goes where it likes and does not move the batch.
    retried.attempt = 1;
    source.next(retried);
    source.next(other);
    expect(queues[1]).toBe(queues[0]);
    expect(queues[2]).not.toBe(queues[0]);
    expect(queues[3]).not.toBe(queues[2]);
    expect(queues[4]).toBe(queues[2]);
  });

  test('with batching, rotation leaves a queue that the route no longer has', () => {
    const source = new Subject<Routed<number> | Settled<number>>();
    const queues: unknown[] = [];
    source.pipe(selectQueue(undefined, undefined, { batch: true })).subscribe(({ queue: to }) => queues.push(to));
    source.next(routed());
    const route = { ...ROUTE, queues: ROUTE.queues.filter((one) => one !== queues[0]) };
    source.next(Object.assign(routed(), { route }));
    expect(queues[1]).not.toBe(queues[0]);
  });

  // Java: "order-1".hashCode() is -1207111310 and that of "order-3" -1207111308; % 4 gives -2 and 0.
  test('sends a sharding key where Java would, to queue 0 too', async () => {
    expect(await chosen(undefined, keyed('order-1'), keyed('order-3'), keyed('order-1'))).toEqual([
      'broker-b/0',
      'broker-a/0',
      'broker-b/0',
    ]);
  });

  test('keeps the queue of a key although its broker is excluded', async () => {
    const envelope = keyed('order-3');
    envelope.excludedBrokers = new Set(['broker-a']);
    expect(await chosen(undefined, envelope)).toEqual(['broker-a/0']);
  });

  test('asks a custom selector once, and keeps its queue for the next attempts', async () => {
    const selector = jest.fn(() => queue('broker-b', 1));
    const envelope = routed();
    await chosen(selector, envelope);
    envelope.excludedBrokers = new Set(['broker-b']);
    expect(await chosen(selector, envelope)).toEqual(['broker-b/1']);
    expect(selector).toHaveBeenCalledTimes(1);
    expect(envelope.queue).toBe(ROUTE.queues[3]);
  });

  describe('where the renewed route no longer has the queue that was chosen', () => {
    const shrunk = { ...ROUTE, queues: [queue('broker-a', 0), queue('broker-a', 1)] };
    const failedOnce = (envelope: Envelope<number>, code: ErrorCode): Routed<number> => {
      envelope.attempt = 1;
      envelope.addFailedAttempt(createError(code, 'as planned'));
      envelope.route = shrunk;
      return envelope as Routed<number>;
    };
    const [first, last]: QueueSelector[] = [(queues) => queues[0], (queues) => queues.at(-1)];

    // 'order-1' hashes to the third of four queues, and to the first of two.
    test.each<[how: string, selector: QueueSelector | undefined, code: ErrorCode, now: string]>([
      ['a key chooses again', undefined, 'RMQ_QUEUE_REFUSED', 'broker-a/0'],
      ['a key chooses again where its broker has left', undefined, 'RMQ_CONNECT_FAILED', 'broker-a/0'],
      ['a selector is asked again', last, 'RMQ_QUEUE_REFUSED', 'broker-a/1'],
      ['a key keeps its queue if it may be stored there', undefined, 'RMQ_ATTEMPT_TIMEOUT', 'broker-b/0'],
      ['a selector is not asked again if it may be stored there', last, 'RMQ_CONNECTION_LOST', 'broker-b/1'],
      ['a selector keeps a queue that is still there', first, 'RMQ_QUEUE_REFUSED', 'broker-a/0'],
    ])('%s', async (_, selector, code, now) => {
      const envelope = keyed('order-1');
      await chosen(selector, envelope);
      expect(await chosen(selector, failedOnce(envelope, code))).toEqual([now]);
      expect(envelope.fixedQueue).toBeUndefined();
    });

    test('a queue that the caller named is never changed', async () => {
      const envelope = keyed('order-1');
      envelope.fixedQueue = queue('broker-b', 1);
      await chosen(undefined, envelope);
      expect(await chosen(undefined, failedOnce(envelope, 'RMQ_QUEUE_REFUSED'))).toEqual(['broker-b/1']);
    });

    test('the choice waits for the route while that is asked for', async () => {
      const source = new Subject<Routed<number> | Settled<number>>();
      const passed: Envelope[] = [];
      source.pipe(selectQueue<number>()).subscribe((envelope) => {
        passed.push(envelope);
        if (envelope.outcome === undefined) envelope.holder = { stage: 'send', released() {} };
      });
      const [envelope, unwanted, failing] = ['order-1', 'order-1', 'order-1'].map(keyed) as [
        Routed<number>,
        Routed<number>,
        Routed<number>,
      ];
      let renew = (): void => {};
      const routeRenewal = new Promise<void>((resolve) => (renew = resolve));
      for (const one of [envelope, unwanted, failing]) source.next(Object.assign(one, { routeRenewal }));
      failing.selectQueue = () => undefined;
      fail(unwanted, 'select', 'RMQ_DEADLINE', 'too late');
      expect(passed).toEqual([unwanted]);
      failedOnce(envelope, 'RMQ_QUEUE_REFUSED');
      renew();
      await new Promise(setImmediate);
      expect(passed).toEqual([unwanted, envelope, failing]);
      expect(envelope).toMatchObject({ queue: { brokerName: 'broker-a', queueId: 0 }, routeRenewal: undefined });
      expect(failing.outcome).toMatchObject({ stage: 'select', error: { code: 'RMQ_SELECTOR_FAILED' } });
      expect(unwanted.queue).toBeUndefined();
    });
  });

  test("'random' tries another broker after one that failed the message", async () => {
    const envelopes = Array.from({ length: 40 }, () => routed());
    for (const envelope of envelopes) envelope.excludedBrokers = new Set(['broker-a']);
    expect(new Set(await chosen('random', ...envelopes))).toEqual(new Set(['broker-b/0', 'broker-b/1']));
    expect(envelopes.every(({ isBound }) => !isBound)).toBe(true);
  });

  test('a selector that fails gives the slot of its message back, and the next message has it', async () => {
    const bench = new FlowBench(new VirtualTime().clock.scheduler);
    const flow = bench.createFlow({ window: 1 });
    const [first, second] = [routed(1), routed(2)];
    for (const envelope of [first, second]) flow.adopt(envelope);
    expect([flow.tryAdmit(first), flow.tryAdmit(second)]).toEqual([true, false]);
    await chosen(() => undefined, first);
    expect(bench.statistics).toMatchObject({ inFlight: 0, inFlightBytes: 0, failed: 1 });
    expect(flow.tryAdmit(second)).toBe(true);
  });

  test('lets the envelope’s own selector and queue win over the stage’s', async () => {
    const own = routed();
    own.selectQueue = () => queue('broker-b', 0);
    const fixed = routed();
    fixed.fixedQueue = queue('broker-a', 1);
    expect(await chosen(() => queue('broker-a', 0), own, fixed)).toEqual(['broker-b/0', 'broker-a/1']);
  });

  test.each<[string, QueueSelector]>([
    [
      'throws',
      () => {
        throw new Error('boom');
      },
    ],
    ['returns nothing', () => undefined],
    ['returns a queue of nowhere', () => queue('broker-z', 0)],
    ['is hash, for a message without a sharding key', 'hash'],
  ])('settles the message when the selector %s, and goes on', async (_, selector) => {
    const [failure, next] = await chosen(selector, routed(), keyed('order-3'));
    expect(failure).toMatchObject({ ok: false, stage: 'select', stored: 'no', error: { code: 'RMQ_SELECTOR_FAILED' } });
    expect(next).toBeDefined();
  });

  test('says so when the selector is asynchronous, and lets its rejection end nothing', async () => {
    const asynchronous = () => Promise.reject(new Error('nobody sees this'));
    const [failure] = await chosen(asynchronous as unknown as QueueSelector, routed());
    expect(failure).toMatchObject({
      ok: false,
      error: { code: 'RMQ_SELECTOR_FAILED', message: expect.stringContaining('a selector must not be asynchronous') },
    });
  });

  test('looks for the queue of a static topic where it lies by now', async () => {
    const queues = [queue('broker-b', 0), queue('broker-a', 1)];
    const envelope: Envelope<number> = keyed('order-3');
    const chosenNow = (): Promise<unknown[]> => chosen(undefined, envelope as Routed<number>);
    envelope.route = { ...ROUTE, queues, isStatic: true };
    expect(await chosenNow()).toEqual(['broker-b/0']);
    envelope.route = { ...ROUTE, queues: [queue('broker-a', 0), queue('broker-a', 1)], isStatic: true };
    expect(await chosenNow()).toEqual(['broker-a/0']);
    envelope.fixedQueue = queue('broker-z', 7);
    expect(await chosenNow()).toEqual(['broker-z/7']);
  });

  test('leaves settled envelopes alone', async () => {
    const settled = openEnvelope({ topic: 'a b', body: 'x', context: 0 }, LIMITS) as Settled<number>;
    expect(await chosen(undefined, settled)).toEqual([settled.outcome]);
    expect(settled.queue).toBeUndefined();
  });

  test('unsubscribing leaves the source', () => {
    const source = new Subject<Routed<number>>();
    source.pipe(selectQueue()).subscribe().unsubscribe();
    expect(source.observed).toBe(false);
  });
});

describe('a key', () => {
  test('is hashed over all queues as Java does it, also where its hash is the smallest number or it hashes to queue 0', async () => {
    // 'polygenelubricants'.hashCode() is Integer.MIN_VALUE, whose absolute value is no int; 'd' is 100, 'e' is 101.
    const keys = ['polygenelubricants', 'd', 'e', 'd', 'Siblings'];
    expect(await chosen(undefined, ...keys.map(keyed))).toEqual([
      'broker-a/0',
      'broker-a/0',
      'broker-a/1',
      'broker-a/0',
      'broker-a/1',
    ]);
  });

  test('that messages are ordered by goes before their shardingKey', async () => {
    const envelope = keyed('d');
    envelope.laneKey = 'e';
    const bare = routed();
    bare.laneKey = 'e';
    expect(await chosen(undefined, envelope, bare)).toEqual(['broker-a/1', 'broker-a/1']);
    expect(await chosen('hash', keyed('e'))).toEqual(['broker-a/1']);
  });
});
