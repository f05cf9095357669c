import { firstValueFrom, of, Subject, toArray } from 'rxjs';
import { selectQueue } from '../../operators/select-queue.js';
import type { Envelope, Routed, Settled } from '../../src/producer/message/envelope.js';
import { openEnvelope } from '../../src/producer/message/open-envelope.js';
import type { QueueSelector } from '../../src/producer/message/queue-selector.js';
import { LIMITS, queue, ROUTE, routed } from './operator-kit.js';

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
