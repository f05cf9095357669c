import { Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import {
  concatMap,
  config,
  lastValueFrom,
  map,
  mergeMap,
  type Observable,
  of,
  repeat,
  take,
  throwError,
  toArray,
} from 'rxjs';
import { fromPull } from '../../operators/from-pull.js';
import { ambientGate, type Gate } from '../../src/producer/flow/gate.js';

/** A gate that a test opens for a number of items at a time. */
class TestGate implements Gate {
  #permits: number;
  #waiting: (() => void)[] = [];

  constructor(permits: number) {
    this.#permits = permits;
  }
  get isOpen(): boolean {
    return this.#permits > 0;
  }
  whenOpen(resume: () => void): void {
    this.#waiting.push(resume);
  }
  addSource(): () => void {
    return () => {};
  }
  take(): void {
    this.#permits--;
  }
  grant(permits: number): void {
    this.#permits += permits;
    for (const resume of this.#waiting.splice(0)) resume();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function subscribeGated<T>(gate: TestGate, build: () => Observable<T>) {
  const received: T[] = [];
  const ends: string[] = [];
  const subscription = ambientGate.run(gate, () =>
    build().subscribe({
      next: (value) => {
        gate.take();
        received.push(value);
      },
      error: (error: Error) => ends.push(`error ${error.message}`),
      complete: () => ends.push('complete'),
    }),
  );
  return { received, ends, subscription };
}

describe('a synchronous iterable', () => {
  test('is read only as far as the gate allows, through map', () => {
    const gate = new TestGate(2);
    let read = 0;
    function* numbers() {
      for (;;) yield read++;
    }
    const { received, subscription } = subscribeGated(gate, () => fromPull(numbers()).pipe(map((n) => n * 10)));
    expect(received).toEqual([0, 10]);
    expect(read).toBe(2);
    gate.grant(1);
    expect(received).toEqual([0, 10, 20]);
    subscription.unsubscribe();
  });

  test('completes, also when it is empty, and keeps its order', async () => {
    expect(await lastValueFrom(fromPull([1, 2, 3]).pipe(toArray()))).toEqual([1, 2, 3]);
    expect(await lastValueFrom(fromPull([]).pipe(toArray()))).toEqual([]);
  });

  test('each subscription calls a factory, and what that throws errors the stream', async () => {
    function* numbers() {
      yield 1;
      yield 2;
    }
    const twice$ = fromPull(numbers).pipe(repeat(2), toArray());
    expect(await lastValueFrom(twice$)).toEqual([1, 2, 1, 2]);
    const failed$ = fromPull((): number[] => {
      throw new Error('no file');
    });
    await expect(lastValueFrom(failed$)).rejects.toThrow('no file');
    await expect(lastValueFrom(fromPull(numbers()).pipe(repeat(2)))).rejects.toMatchObject({ code: 'RMQ_SOURCE_USED' });
  });

  test('that throws errors the stream after what it gave', () => {
    function* broken() {
      yield 1;
      throw new Error('boom');
    }
    const { received, ends } = subscribeGated(new TestGate(9), () => fromPull(broken()));
    expect([received, ends]).toEqual([[1], ['error boom']]);
  });

  test('is told to stop when the stream is unsubscribed, exactly once', () => {
    let returned = 0;
    const endless: Iterable<number> = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false, value: 1 }),
        return: () => {
          returned++;
          return { done: true, value: undefined };
        },
      }),
    };
    const { subscription } = subscribeGated(new TestGate(1), () => fromPull(endless));
    subscription.unsubscribe();
    subscription.unsubscribe();
    expect(returned).toBe(1);
  });

  test('each subscription gets its own iterator', async () => {
    const source = fromPull([1, 2]);
    expect(await lastValueFrom(source.pipe(toArray()))).toEqual([1, 2]);
    expect(await lastValueFrom(source.pipe(toArray()))).toEqual([1, 2]);
  });

  test('that never ends lets others have a turn, although the gate stays open', async () => {
    let read = 0;
    function* endless() {
      for (;;) yield read++;
    }
    const open: Gate = { isOpen: true, whenOpen() {}, addSource: () => () => {} };
    const subscription = ambientGate.run(open, () => fromPull(endless()).subscribe());
    await turn();
    const readInTheFirstTurns = read;
    await turn();
    subscription.unsubscribe();
    expect(readInTheFirstTurns).toBeGreaterThan(0);
    expect(read).toBeLessThan(10_000);
  });
});

describe('a source that misbehaves when it is left', () => {
  const reported: unknown[] = [];
  beforeEach(() => {
    reported.length = 0;
    config.onUnhandledError = (error) => reported.push(error);
  });
  afterEach(() => {
    config.onUnhandledError = null;
  });

  test.each([
    ['an iterable', Symbol.iterator, (): IteratorResult<number> => ({ done: false, value: 1 })],
    ['an asynchronous iterable', Symbol.asyncIterator, () => new Promise<IteratorResult<number>>(() => {})],
  ])('%s whose return() throws is reported, and whoever stops it learns nothing of that', async (_, symbol, next) => {
    const source: object = {
      [symbol]: () => ({
        next,
        return: () => {
          throw new Error('return');
        },
      }),
    };
    const { subscription } = subscribeGated(new TestGate(1), () => fromPull(source as Iterable<number>));
    expect(() => subscription.unsubscribe()).not.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(reported).toEqual([new Error('return')]);
  });

  test('a generator that stops its own pipeline is left as soon as it has yielded', () => {
    const log: string[] = [];
    const gate = new TestGate(2);
    function* suicidal() {
      try {
        yield 1;
        yield 2;
        stop();
        log.push('stopped');
        yield 3;
      } finally {
        log.push('left');
      }
    }
    const { received, subscription } = subscribeGated(gate, () => fromPull(suicidal()));
    const stop = (): void => subscription.unsubscribe();
    gate.grant(1);
    expect([received, log]).toEqual([
      [1, 2],
      ['stopped', 'left'],
    ]);
  });

  test('an asynchronous iterator whose next() throws errors the stream, also later on', async () => {
    for (const permits of [0, 1]) {
      const gate = new TestGate(permits);
      const source: AsyncIterable<number> = {
        [Symbol.asyncIterator]: () => ({
          next: () => {
            throw new Error('next');
          },
        }),
      };
      const { ends } = subscribeGated(gate, () => fromPull(source));
      expect(() => gate.grant(1)).not.toThrow();
      await turn();
      expect(ends).toEqual(['error next']);
    }
  });

  test.each([Symbol.iterator, Symbol.asyncIterator])(
    'one that gives no result object errors the stream: %p',
    async (symbol) => {
      const source: object = { [symbol]: () => ({ next: () => undefined }) };
      const { ends } = subscribeGated(new TestGate(1), () => fromPull(source as Iterable<number>));
      await turn();
      expect(ends).toEqual([expect.stringContaining('error ')]);
    },
  );

  test('one that gives no iterator is not counted as a source', () => {
    let sources = 0;
    const gate: Gate = { isOpen: true, whenOpen() {}, addSource: () => (sources++, () => sources--) };
    const broken: object = {
      [Symbol.iterator]: () => {
        throw new Error('no iterator');
      },
    };
    const ends: unknown[] = [];
    ambientGate.run(gate, () => fromPull(broken as Iterable<number>).subscribe({ error: (error) => ends.push(error) }));
    expect([ends, sources]).toEqual([[new Error('no iterator')], 0]);
  });
});

describe('an asynchronous iterable', () => {
  test('is read only as far as the gate allows', async () => {
    const gate = new TestGate(2);
    let read = 0;
    async function* numbers() {
      for (;;) yield read++;
    }
    const { received, subscription } = subscribeGated(gate, () => fromPull(numbers()));
    await turn();
    expect(received).toEqual([0, 1]);
    gate.grant(1);
    await turn();
    expect(received).toEqual([0, 1, 2]);
    expect(read).toBe(3);
    subscription.unsubscribe();
  });

  test('is told to stop without waiting for the next() that is pending', () => {
    let returned = false;
    const stuck: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: () => {
          returned = true;
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    const { subscription } = subscribeGated(new TestGate(1), () => fromPull(stuck));
    subscription.unsubscribe();
    expect(returned).toBe(true);
  });

  test('that rejects errors the stream', async () => {
    async function* broken() {
      yield 1;
      throw new Error('boom');
    }
    const { received, ends } = subscribeGated(new TestGate(9), () => fromPull(broken()));
    await turn();
    expect([received, ends]).toEqual([[1], ['error boom']]);
  });
});

describe('a web ReadableStream', () => {
  const quiet = () => {
    const log: string[] = [];
    const stream = new ReadableStream<number>({
      start: (controller) => controller.enqueue(1),
      cancel: () => void log.push('cancelled'),
    });
    return { stream, log };
  };

  test('is read to its end', async () => {
    const chunks = new ReadableStream<number>({
      start(controller) {
        for (const chunk of [1, 2, 3]) controller.enqueue(chunk);
        controller.close();
      },
    });
    expect(await lastValueFrom(fromPull(chunks).pipe(toArray()))).toEqual([1, 2, 3]);
  });

  test.each([
    ['unsubscribed', (source: Observable<number>) => source.pipe(take(1))],
    [
      'ended by an error from below',
      (source: Observable<number>) => source.pipe(mergeMap(() => throwError(() => 'no'))),
    ],
  ])('is cancelled when the stream is %s, although it has nothing to give', async (_, through) => {
    const { stream, log } = quiet();
    through(fromPull(stream)).subscribe({ error: () => {} });
    await turn();
    expect(log).toEqual(['cancelled']);
  });
});

describe('a Readable', () => {
  test('is read to its end', async () => {
    expect(await lastValueFrom(fromPull<string>(Readable.from(['a', 'b'])).pipe(toArray()))).toEqual(['a', 'b']);
  });

  test('is destroyed when the stream is unsubscribed', async () => {
    const readable = Readable.from(['a', 'b', 'c']);
    await lastValueFrom(fromPull<string>(readable).pipe(take(1)));
    await turn();
    expect(readable.destroyed).toBe(true);
  });
});

test('a Readable that has nothing to give is destroyed at once too', async () => {
  const quiet = new Readable({ objectMode: true, read() {} });
  const { subscription } = subscribeGated(new TestGate(1), () => fromPull(quiet));
  await turn();
  subscription.unsubscribe();
  expect(quiet.destroyed).toBe(true);
});

describe('the gate', () => {
  test('is found by a fromPull inside a flattening operator, through concatMap and mergeMap', () => {
    const gate = new TestGate(3);
    const files = [
      [1, 2],
      [3, 4],
    ];
    const { received, subscription } = subscribeGated(gate, () =>
      of(...files).pipe(
        concatMap((file) => fromPull(file)),
        mergeMap((n) => of(n)),
      ),
    );
    expect(received).toEqual([1, 2, 3]);
    gate.grant(5);
    expect(received).toEqual([1, 2, 3, 4]);
    subscription.unsubscribe();
  });

  test('is warned about once in a process where there is none', async () => {
    jest.resetModules();
    const fresh = await import('../../operators/from-pull.js');
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    fresh.fromPull([1]).subscribe();
    fresh.fromPull([1]).subscribe();
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('full speed'), { code: 'RMQ_NO_GATE' });
    warn.mockRestore();
  });
});
