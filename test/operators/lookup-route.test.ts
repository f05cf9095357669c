import { EMPTY, NEVER, of, Subject, throwError } from 'rxjs';
import { lookupRoute, type RouteSource } from '../../operators/lookup-route.js';
import { createError } from '../../src/errors/rocketmq-error.js';
import type { Open, Routed, Settled } from '../../src/producer/envelope.js';
import { Failure } from '../../src/producer/outcome.js';
import type { TopicRoute } from '../../src/route/topic-route.js';
import { open, ROUTE, testScheduler } from './operator-kit.js';

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
