/** Bounds, order and ends of `mapAsync`, on a gate that a test opens; over sockets it is in `reactive-contract.test.ts`. */
import { AsyncLocalStorage } from 'node:async_hooks';
import fc from 'fast-check';
import {
  from,
  lastValueFrom,
  map,
  mergeMap,
  NEVER,
  type Observable,
  of,
  Subject,
  take,
  throwError,
  toArray,
} from 'rxjs';
import { fromPull } from '../../operators/from-pull.js';
import { type AsyncProject, mapAsync } from '../../operators/map-async.js';
import { ambientGate, type Gate } from '../../src/producer/flow/gate.js';
import type { MapAsyncOptions } from '../../src/producer/map-async-options.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Has room for so many items. */
class Room implements Gate {
  #free: number;
  #waiting: (() => void)[] = [];
  constructor(free: number) {
    this.#free = free;
  }
  get isOpen(): boolean {
    return this.#free > 0;
  }
  whenOpen(resume: () => void): void {
    this.#waiting.push(resume);
  }
  addSource(): () => void {
    return () => {};
  }
  take(): void {
    this.#free--;
  }
  free(count: number): void {
    this.#free += count;
    for (const resume of this.#waiting.splice(0)) resume();
  }
}

/** A stream through `mapAsync` whose work ends when the test says so. */
class Bench {
  readonly work = new Map<
    number,
    { resolve: (value: string) => void; reject: (error: unknown) => void; signal: AbortSignal }
  >();
  readonly received: string[] = [];
  readonly room: Room;
  read = 0;
  mostInside = 0;
  inside = 0;
  end: unknown;
  unsubscribe: () => void;

  constructor(source: (bench: Bench) => Observable<number>, options: MapAsyncOptions, room = Number.POSITIVE_INFINITY) {
    this.room = new Room(room);
    this.unsubscribe = () => {};
    const project: AsyncProject<number, string> = (item, signal) => {
      this.mostInside = Math.max(this.mostInside, ++this.inside);
      return new Promise((resolve, reject) => this.work.set(item, { resolve, reject, signal }));
    };
    ambientGate.run(this.room, () => {
      const subscription = source(this)
        .pipe(mapAsync(project, options))
        .subscribe({
          next: (result) => {
            this.inside--;
            this.room.take();
            this.received.push(result);
          },
          error: (error: unknown) => (this.end = error),
          complete: () => (this.end = 'complete'),
        });
      this.unsubscribe = () => subscription.unsubscribe();
    });
  }

  *rows(count = Number.POSITIVE_INFINITY): Generator<number> {
    while (this.read < count) yield this.read++;
  }
  async finish(item: number): Promise<void> {
    this.work.get(item)?.resolve(`r${item}`);
    await turn();
  }
  async fail(item: number, error: unknown): Promise<void> {
    this.work.get(item)?.reject(error);
    await turn();
  }
  get aborted(): number[] {
    return [...this.work].filter(([, { signal }]) => signal.aborted).map(([item]) => item);
  }
}

const pulled = (count?: number) => (bench: Bench) => fromPull(() => bench.rows(count));

describe('a pull source', () => {
  test('is read as far as there is room in mapAsync, and no further', async () => {
    const bench = new Bench(pulled(), { concurrency: 3 });
    expect(bench.read).toBe(3);
    await bench.finish(0);
    expect([bench.read, bench.received]).toEqual([4, ['r0']]);
    bench.unsubscribe();
  });

  test.each([true, false])('is read no further while results wait for room below (ordered: %s)', async (ordered) => {
    const bench = new Bench(pulled(), { concurrency: 3, ordered }, 1);
    for (const item of [0, 1, 2]) await bench.finish(item);
    await bench.finish(3);
    expect([bench.received, bench.read]).toEqual([['r0'], 4]);
    bench.room.free(1);
    expect([bench.received, bench.read]).toEqual([['r0', 'r1'], 5]);
    bench.unsubscribe();
  });

  test.each([
    ['an iterable', (rows: Generator<number>) => fromPull(rows)],
    ['an asynchronous generator', (rows: Generator<number>) => fromPull(later(rows))],
    ['an operator between', (rows: Generator<number>) => fromPull(rows).pipe(mergeMap((n) => of(n)))],
    ['a push source', (rows: Generator<number>) => from([...rows])],
  ])('whatever is done when: %s is bounded, in order, and nothing is lost or doubled', async (name, source) => {
    const action = fc.oneof(
      fc.record({ finish: fc.nat(6) }),
      fc.record({ free: fc.integer({ min: 1, max: 4 }) }),
      fc.constant('turn' as const),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.record({ concurrency: fc.integer({ min: 1, max: 5 }), ordered: fc.boolean() }),
        fc.integer({ min: 0, max: 4 }),
        fc.array(action, { maxLength: 40 }),
        async (options, window, actions) => {
          const COUNT = 12;
          const bench = new Bench((own) => source(own.rows(COUNT)), options, window);
          const done = new Set<number>();
          let freed = window;
          const check = (): void => {
            expect(bench.mostInside).toBeLessThanOrEqual(options.concurrency);
            expect(bench.received.length).toBeLessThanOrEqual(freed);
            if (name !== 'a push source') {
              expect(bench.read - bench.received.length).toBeLessThanOrEqual(options.concurrency);
            }
          };
          const finishOldest = async (at: number): Promise<void> => {
            const open = [...bench.work.keys()].filter((item) => !done.has(item));
            const item = open[at % Math.max(open.length, 1)];
            if (item === undefined) return;
            done.add(item);
            await bench.finish(item);
          };
          for (const one of actions) {
            if (one === 'turn') await turn();
            else if ('finish' in one) await finishOldest(one.finish);
            else bench.room.free(((freed += one.free), one.free));
            check();
          }
          bench.room.free(((freed += COUNT), COUNT));
          for (let n = 0; n < 3 * COUNT && bench.end === undefined; n++) {
            await finishOldest(0);
            check();
          }
          const all = Array.from({ length: COUNT }, (_, n) => `r${n}`);
          expect(options.ordered ? bench.received : bench.received.toSorted()).toEqual(
            options.ordered ? all : all.toSorted(),
          );
          expect([bench.end, bench.aborted]).toEqual(['complete', []]);
        },
      ),
      { numRuns: 60 },
    );
  });

  async function* later(rows: Generator<number>): AsyncGenerator<number> {
    for (const one of rows) yield await Promise.resolve(one);
  }

  test('that never ends gives way to others although the work is synchronous', async () => {
    let read = 0;
    function* endless() {
      for (;;) yield read++;
    }
    const subscription = fromPull(endless)
      .pipe(mapAsync((n) => n))
      .subscribe();
    await turn();
    const before = read;
    await turn();
    subscription.unsubscribe();
    expect(before).toBeGreaterThan(0);
    expect(read).toBeGreaterThan(before);
  });
});

describe('a source that cannot be paused', () => {
  test('waits in the buffer, and what overflows it ends the stream after everything accepted', async () => {
    const source = new Subject<number>();
    const bench = new Bench(() => source, { concurrency: 2, buffer: 3 });
    for (let n = 0; n < 6; n++) source.next(n);
    expect([bench.work.size, source.observed, bench.end]).toEqual([2, false, undefined]);
    for (let n = 0; n < 5; n++) await bench.finish(n);
    expect(bench.received).toEqual(['r0', 'r1', 'r2', 'r3', 'r4']);
    expect(bench.end).toMatchObject({ code: 'RMQ_OVERLOADED', detail: { waiting: 3 } });
  });
});

describe('an end', () => {
  const boom = new Error('boom');
  class BrokenPromise<T> extends Promise<T> {
    // oxlint-disable-next-line no-thenable -- what is tried is one that is broken
    override then(): never {
      throw boom;
    }
  }

  test('completion and an error of the source come after everything accepted has gone on', async () => {
    for (const [end, last] of [
      [(source: Subject<number>) => source.complete(), 'complete'],
      [(source: Subject<number>) => source.error(boom), boom],
    ] as const) {
      const source = new Subject<number>();
      const bench = new Bench(() => source, { concurrency: 1 });
      source.next(0);
      source.next(1);
      end(source);
      await bench.finish(0);
      expect([bench.received, bench.end]).toEqual([['r0'], undefined]);
      await bench.finish(1);
      expect([bench.received, bench.end]).toEqual([['r0', 'r1'], last]);
    }
  });

  const noNumbers: readonly number[] = [];

  test('an empty source completes, one that never emits does nothing', async () => {
    expect(
      await lastValueFrom(
        from(noNumbers).pipe(
          mapAsync((n) => n),
          toArray(),
        ),
      ),
    ).toEqual([]);
    const bench = new Bench(() => NEVER, {});
    await turn();
    expect([bench.end, bench.read]).toEqual([undefined, 0]);
  });

  test('work that fails ends the stream in its place: what is before it goes on, what is after it is aborted', async () => {
    const bench = new Bench(pulled(), { concurrency: 4 });
    await bench.finish(3);
    await bench.fail(1, boom);
    expect([bench.aborted, bench.end, bench.read]).toEqual([[2], undefined, 4]);
    await bench.finish(0);
    expect([bench.received, bench.end]).toEqual([['r0'], boom]);
  });

  test('of two failures the earlier item has the word, whichever failed first', async () => {
    const bench = new Bench(pulled(), { concurrency: 4 });
    await bench.fail(2, boom);
    await bench.fail(1, new Error('earlier'));
    await bench.finish(0);
    expect([bench.received, bench.end]).toEqual([['r0'], new Error('earlier')]);
  });

  test('unordered, what is done goes on before the failure, and what is not is aborted', async () => {
    const bench = new Bench(pulled(), { concurrency: 4, ordered: false }, 0);
    await bench.finish(3);
    await bench.fail(1, boom);
    expect([bench.aborted, bench.end]).toEqual([[0, 2], undefined]);
    bench.room.free(5);
    expect([bench.received, bench.end]).toEqual([['r3'], boom]);
  });

  test.each<[string, AsyncProject<number, number>]>([
    [
      'throws',
      () => {
        throw boom;
      },
    ],
    ['rejects', () => Promise.reject(boom)],
    ['gives a thenable that throws', () => new BrokenPromise<number>(() => {})],
  ])('work that %s is the error of the stream', async (_, project) => {
    await expect(lastValueFrom(fromPull([1, 2]).pipe(mapAsync(project)))).rejects.toBe(boom);
  });

  test('unsubscribing aborts what is under way, and what that ends with is nothing to anybody', async () => {
    const bench = new Bench(pulled(), { concurrency: 2 });
    bench.unsubscribe();
    expect([bench.aborted, bench.read]).toEqual([[0, 1], 2]);
    await bench.fail(0, new Error('aborted'));
    await bench.finish(1);
    expect([bench.received, bench.end]).toEqual([[], undefined]);
  });

  test('take(1) and an error from below leave a source that would go on', async () => {
    let read = 0;
    function* endless() {
      for (;;) yield read++;
    }
    expect(
      await lastValueFrom(
        fromPull(endless).pipe(
          mapAsync(async (n) => n),
          take(1),
        ),
      ),
    ).toBe(0);
    const failed$ = fromPull(endless).pipe(
      mapAsync(async (n) => n),
      mergeMap(() => throwError(() => boom)),
    );
    await expect(lastValueFrom(failed$)).rejects.toBe(boom);
    const before = read;
    await turn();
    expect(read).toBe(before);
  });
});

describe('the gate', () => {
  test('of mapAsync is not found by what its work subscribes to, nor that of what is below', async () => {
    const found: unknown[] = [];
    const room = new Room(9);
    await ambientGate.run(room, () =>
      lastValueFrom(
        fromPull([1]).pipe(
          mapAsync(async (n) => (found.push(ambientGate.current), n)),
          map((n) => (found.push(ambientGate.current), n)),
        ),
      ),
    );
    expect(found).toEqual([undefined, room]);
  });

  test('of a stage below is that of a stage above: two in a row add up', async () => {
    let read = 0;
    function* endless() {
      for (;;) yield read++;
    }
    const subscription = fromPull(endless)
      .pipe(
        mapAsync(async (n) => n, { concurrency: 3 }),
        mapAsync(() => new Promise(() => {}), { concurrency: 4 }),
      )
      .subscribe();
    for (let n = 0; n < 5; n++) await turn();
    expect(read).toBe(7);
    subscription.unsubscribe();
  });
});

test('work and what is below it run in the async context of the subscriber, whoever makes room', async () => {
  const tenant = new AsyncLocalStorage<string>();
  const room = new Room(0);
  const seen: unknown[] = [];
  const source = new Subject<number>();
  tenant.run('subscriber', () =>
    ambientGate.run(room, () => {
      source
        .pipe(
          mapAsync(
            (n) => {
              seen.push(`work ${n}: ${tenant.getStore()}`);
              return n;
            },
            { concurrency: 1 },
          ),
        )
        .subscribe((n) => {
          room.take();
          seen.push(`result ${n}: ${tenant.getStore()}`);
        });
    }),
  );
  source.next(1);
  source.next(2);
  tenant.run('broker', () => room.free(2));
  expect(seen).toEqual(['work 1: subscriber', 'result 1: subscriber', 'work 2: subscriber', 'result 2: subscriber']);
  source.complete();
});

test.each([
  [{ concurrency: 0 }, 'RMQ_CONFIG_INVALID'],
  [{ concurency: 2 }, 'RMQ_CONFIG_INVALID'],
  [{ ordered: 'yes' }, 'RMQ_CONFIG_INVALID'],
])('wrong options %p are refused at once', (options, code) => {
  expect(() => mapAsync((n) => n, options as MapAsyncOptions)).toThrow(expect.objectContaining({ code }));
  expect(() => mapAsync(7 as never)).toThrow(expect.objectContaining({ code: 'RMQ_ARGUMENT_INVALID' }));
});
