import { EMPTY, NEVER, of, Subject, throwError, VirtualTimeScheduler } from 'rxjs';
import { lookupRoute, type RouteSource } from '../../operators/lookup-route.js';
import { createError } from '../../src/errors/rocketmq-error.js';
import type { Holder, Open, Routed, Settled } from '../../src/producer/message/envelope.js';
import { Failure } from '../../src/producer/message/outcome.js';
import type { TopicRoute } from '../../src/route/topic-route.js';
import { FlowBench, open, ROUTE, testScheduler } from './operator-kit.js';

type In = Open<number> | Settled<number>;
type Out = Routed<number> | Settled<number>;

const KNOWN: RouteSource = { routeOf: () => ROUTE };
const microtasks = async (): Promise<void> => {
  for (let n = 0; n < 5; n++) await Promise.resolve();
};

/** A source whose answers the test gives. */
function pendingRoutes() {
  const answer: { give(route: TopicRoute): void; refuse(error: unknown): void } = { give() {}, refuse() {} };
  const routes: RouteSource = {
    routeOf: () =>
      new Promise((resolve, reject) => {
        answer.give = resolve;
        answer.refuse = reject;
      }),
  };
  return { routes, answer };
}

function run(routes: RouteSource) {
  const source = new Subject<In>();
  const passed: Out[] = [];
  const ends: string[] = [];
  const subscription = source.pipe(lookupRoute(routes)).subscribe({
    next: (envelope) => passed.push(envelope),
    error: () => ends.push('error'),
    complete: () => ends.push('complete'),
  });
  return { source, passed, ends, subscription };
}

describe('lookupRoute', () => {
  test('gives a known route synchronously', () => {
    const { source, passed } = run(KNOWN);
    source.next(open());
    expect(passed[0]?.route).toBe(ROUTE);
  });

  test('holds a message until its route is known, and the completion too', async () => {
    const { routes, answer } = pendingRoutes();
    const { source, passed, ends } = run(routes);
    source.next(open());
    source.complete();
    expect([passed, ends]).toEqual([[], []]);
    answer.give(ROUTE);
    await microtasks();
    expect(passed[0]?.route).toBe(ROUTE);
    expect(ends).toEqual(['complete']);
  });

  test('settles the message when there is no route, and goes on', async () => {
    const { routes, answer } = pendingRoutes();
    const { source, passed } = run(routes);
    source.next(open());
    answer.refuse(createError('RMQ_ROUTE_MISSING', 'no route'));
    await microtasks();
    expect(passed[0]?.outcome).toMatchObject({ stage: 'route', stored: 'no', error: { code: 'RMQ_ROUTE_MISSING' } });
  });

  test('settles the message when the source of routes throws', () => {
    const { source, passed } = run({
      routeOf() {
        throw new Error('boom');
      },
    });
    source.next(open());
    expect(passed[0]?.outcome).toMatchObject({ stage: 'route', error: { cause: new Error('boom') } });
  });

  test('passes a message on once when it is settled before its route comes', async () => {
    const { routes, answer } = pendingRoutes();
    const { source, passed } = run(routes);
    const envelope = open();
    source.next(envelope);
    const error = createError('RMQ_DEADLINE', 'late');
    envelope.flow.settle(envelope, new Failure(envelope, { stage: 'route', error }));
    expect(passed).toEqual([envelope]);
    answer.give(ROUTE);
    await microtasks();
    expect(passed).toEqual([envelope]);
  });

  test('ignores an envelope that comes a second time while it is held', () => {
    const { routes } = pendingRoutes();
    const { source, passed } = run(routes);
    const envelope = open();
    source.next(envelope);
    source.next(envelope);
    expect(passed).toEqual([]);
  });

  test('never, empty and error pass through', () => {
    testScheduler().run(({ expectObservable }) => {
      expectObservable(NEVER.pipe(lookupRoute(KNOWN))).toBe('');
      expectObservable(EMPTY.pipe(lookupRoute(KNOWN))).toBe('|');
      expectObservable(throwError(() => 'error').pipe(lookupRoute(KNOWN))).toBe('#');
    });
  });

  test('can be subscribed to again', () => {
    const envelopes$ = of(open(1)).pipe(lookupRoute(KNOWN));
    const passed: Out[] = [];
    envelopes$.subscribe((envelope) => passed.push(envelope));
    envelopes$.subscribe((envelope) => passed.push(envelope));
    expect(passed).toHaveLength(2);
  });

  test('unsubscribing leaves the source', () => {
    const { source, subscription } = run(KNOWN);
    subscription.unsubscribe();
    expect(source.observed).toBe(false);
  });
});

describe('a route that nobody knows', () => {
  const MISSING = createError('RMQ_ROUTE_MISSING', 'no name server knows it');
  const SILENT = createError('RMQ_NAME_SERVER_UNREACHABLE', 'nobody answers');

  /** Answers each question as `answer` says; messages have 3 s unless they say otherwise. */
  function bench(answer: (question: number) => TopicRoute | Promise<TopicRoute>, waitsForTopics?: boolean) {
    const scheduler = new VirtualTimeScheduler();
    const flow = new FlowBench(scheduler).createFlow({});
    const askedAt: number[] = [];
    const routes: RouteSource = {
      routeOf: () => {
        askedAt.push(scheduler.now());
        return answer(askedAt.length);
      },
      ...(waitsForTopics === undefined ? {} : { waitsForTopics }),
    };
    const source = new Subject<In>();
    const passed: Out[] = [];
    const nextStage: Holder = { stage: 'select', released() {} };
    source.pipe(lookupRoute(routes)).subscribe((envelope) => {
      passed.push(envelope);
      if (envelope.outcome === undefined) envelope.holder = nextStage;
    });
    const send = (expiresAt = 0): In => {
      const envelope = open();
      envelope.expiresAt = expiresAt;
      flow.adopt(envelope);
      flow.tryAdmit(envelope);
      source.next(envelope);
      return envelope;
    };
    /** In small steps, because promises are settled only between them. */
    const playUntil = async (ms: number): Promise<void> => {
      await microtasks();
      for (let now = scheduler.frame; now <= ms; now += 10) {
        scheduler.maxFrames = now;
        scheduler.flush();
        scheduler.frame = now;
        await microtasks();
      }
    };
    return { askedAt, passed, send, playUntil };
  }

  test.each([MISSING, SILENT])('$code: is asked for again until it is there', async (problem) => {
    const { askedAt, passed, send, playUntil } = bench((n) =>
      n < 4 ? Promise.reject(problem) : Promise.resolve(ROUTE),
    );
    send();
    await playUntil(2000);
    expect(askedAt).toEqual([0, 200, 600, 1400]);
    expect(passed).toHaveLength(1);
    expect(passed[0]).toMatchObject({ outcome: undefined, route: ROUTE });
  });

  test.each([MISSING, SILENT])('$code: is what a message fails with when its time is over', async (problem) => {
    const { askedAt, passed, send, playUntil } = bench(() => Promise.reject(problem));
    send();
    await playUntil(2940);
    expect(passed).toEqual([]);
    await playUntil(3000);
    expect(askedAt).toEqual([0, 200, 600, 1400, 2400]);
    expect(passed[0]?.outcome).toMatchObject({ ok: false, stage: 'route', stored: 'no', error: problem });
  });

  test('one question for all that wait, and for all that come while it is being asked again', async () => {
    const { askedAt, passed, send, playUntil } = bench((n) =>
      n < 3 ? Promise.reject(MISSING) : Promise.resolve(ROUTE),
    );
    for (let n = 0; n < 100; n++) send();
    await playUntil(300);
    for (let n = 0; n < 100; n++) send();
    await playUntil(1000);
    expect(askedAt).toEqual([0, 200, 600]);
    expect(passed).toHaveLength(200);
  });

  test('each message fails in its own time, also while a question is under way', async () => {
    const { passed, send, playUntil } = bench((n) => (n === 1 ? Promise.reject(MISSING) : new Promise(() => {})));
    const long = send();
    await playUntil(100);
    const short = send(500);
    await playUntil(450);
    expect(passed).toEqual([short]);
    expect(short.outcome).toMatchObject({ error: MISSING });
    await playUntil(2950);
    expect(passed).toEqual([short, long]);
    expect(long.outcome).toMatchObject({ error: MISSING });
  });

  test('is not asked for again for messages that were settled meanwhile', async () => {
    const { askedAt, send, playUntil } = bench(() => Promise.reject(MISSING));
    const envelope = send();
    await playUntil(100);
    const error = createError('RMQ_ABORTED', 'not wanted any more');
    envelope.flow.settle(envelope, new Failure(envelope, { stage: 'abort', error }));
    await playUntil(3000);
    expect(askedAt).toEqual([0]);
  });

  test('what was ended meanwhile is kept no longer', async () => {
    const { send, playUntil } = bench(() => Promise.reject(MISSING));
    const waits = jest.spyOn(Set.prototype, 'add');
    const envelope = send();
    const [waiting] = waits.mock.contexts.filter((set) => set.has(envelope));
    waits.mockRestore();
    send();
    await playUntil(100);
    expect(waiting?.size).toBe(2);
    const error = createError('RMQ_ABORTED', 'not wanted any more');
    envelope.flow.settle(envelope, new Failure(envelope, { stage: 'abort', error }));
    expect(waiting?.has(envelope)).toBe(false);
    expect(waiting?.size).toBe(1);
  });

  test('one more that waits looks at no other', async () => {
    const { send, playUntil } = bench(() => Promise.reject(MISSING));
    send();
    await playUntil(100);
    let looks = 0;
    const all = Array.from({ length: 100 }, () => send());
    for (const envelope of all) {
      const { expiresAt } = envelope;
      Object.defineProperty(envelope, 'expiresAt', { get: () => (looks++, expiresAt) });
    }
    for (let n = 0; n < 100; n++) send();
    expect(looks).toBe(0);
    await playUntil(250);
    expect(looks).toBeGreaterThan(0);
  });

  test('a message after the last one that waited begins a new question', async () => {
    const { askedAt, passed, send, playUntil } = bench((n) => (n < 6 ? Promise.reject(MISSING) : ROUTE));
    send();
    await playUntil(4000);
    send(10_000);
    expect(askedAt).toEqual([0, 200, 600, 1400, 2400, expect.any(Number)]);
    expect(passed[1]).toMatchObject({ outcome: undefined, route: ROUTE });
  });

  test('is final where the source of routes says so; a name server that is silent is not', async () => {
    const { askedAt, passed, send, playUntil } = bench((n) => Promise.reject(n === 1 ? SILENT : MISSING), false);
    send();
    await playUntil(3000);
    expect(askedAt).toEqual([0, 200]);
    expect(passed[0]?.outcome).toMatchObject({ ok: false, stage: 'route', stored: 'no', error: MISSING });
  });

  test('any other error is final', async () => {
    const { askedAt, passed, send, playUntil } = bench(() => Promise.reject(createError('RMQ_CLOSED', 'shut down')));
    send();
    await playUntil(3000);
    expect(askedAt).toEqual([0]);
    expect(passed[0]?.outcome).toMatchObject({ stage: 'route', error: { code: 'RMQ_CLOSED' } });
  });
});
