import { on, EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { PassThrough, Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { config } from 'rxjs';
import {
  type OpenSource,
  openSource,
  type PullSource,
  type SourceFactory,
} from '../../../../src/producer/flow/pull-source.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function readAll({ iterator }: OpenSource<unknown>): Promise<unknown[]> {
  const read: unknown[] = [];
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) read.push(next.value);
  return read;
}

function* twoRows(): Generator<number> {
  yield 1;
  yield 2;
}
async function* twoRowsLater(): AsyncGenerator<number> {
  yield 1;
  yield 2;
}
const webStream = (): ReadableStream<number> =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(1);
      controller.enqueue(2);
      controller.close();
    },
  });
/** As database drivers make them: an iterator for each loop, and nothing in it once the cursor was read. */
class Cursor {
  closed = false;
  async *[Symbol.asyncIterator](): AsyncGenerator<number> {
    if (this.closed) return;
    try {
      yield* twoRows();
    } finally {
      this.closed = true;
    }
  }
}
const lines = (): PullSource<unknown> => {
  const input = new PassThrough();
  const reader = createInterface({ input });
  // What comes before somebody listens is lost.
  setImmediate(() => input.end('1\n2\n'));
  return reader;
};

const readAgain: readonly (readonly [string, () => PullSource<unknown>])[] = [
  ['an array', () => [1, 2]],
  ['a set', () => new Set([1, 2])],
  ['an object that makes generators', () => ({ [Symbol.iterator]: twoRows })],
  ['an object that makes asynchronous generators', () => ({ [Symbol.asyncIterator]: twoRowsLater })],
];
const readOnce: readonly (readonly [string, () => PullSource<unknown>])[] = [
  ['a generator', twoRows],
  ['an iterator of an array', () => [1, 2].values()],
  ['an asynchronous generator', twoRowsLater],
  ['a Readable', () => Readable.from([1, 2])],
  ['a web ReadableStream', webStream],
  ['a database cursor', () => new Cursor()],
  ['lines of readline', lines],
];

describe('opened a second time', () => {
  test.each(readAgain)('%s is read from the beginning', async (_, make) => {
    const source = make();
    expect(await readAll(openSource(source))).toEqual([1, 2]);
    expect(await readAll(openSource(source))).toEqual([1, 2]);
  });

  test.each(readOnce)('%s that was read is refused', async (_, make) => {
    const source = make();
    expect(await readAll(openSource(source))).toHaveLength(2);
    expect(() => openSource(source)).toThrow(expect.objectContaining({ code: 'RMQ_SOURCE_USED', stored: 'no' }));
    // Also what it left behind when it was left in the middle.
    const left = make();
    const first = openSource(left);
    await first.iterator.next();
    first.close();
    await turn();
    expect(() => openSource(left)).toThrow(expect.objectContaining({ code: 'RMQ_SOURCE_USED' }));
  });

  // Two iterators of one cursor are the driver's to judge, as long as it is open.
  const sharedBy = readOnce.filter(([name]) => name !== 'a database cursor');
  test.each(sharedBy)('%s that is being read is refused, and goes on', async (_, make) => {
    const source = make();
    const first = openSource(source);
    expect(() => openSource(source)).toThrow(expect.objectContaining({ code: 'RMQ_SOURCE_USED' }));
    expect(await readAll(first)).toHaveLength(2);
  });

  test.each<[string, () => Promise<PullSource<unknown>>]>([
    [
      'a Readable that somebody else has read',
      async () => {
        const source = Readable.from([1]);
        for await (const _ of source);
        return source;
      },
    ],
    [
      'a Readable that was destroyed',
      async () => {
        const source = Readable.from([1]);
        source.destroy();
        return source;
      },
    ],
    [
      'a body that somebody else has read',
      async () => {
        const response = new Response('body');
        await response.text();
        return response.body as unknown as PullSource<unknown>;
      },
    ],
  ])('%s is refused at once', async (_, make) => {
    const source = await make();
    expect(() => openSource(source)).toThrow(expect.objectContaining({ code: 'RMQ_SOURCE_USED' }));
  });

  test('a Readable that has failed says why', async () => {
    const source = new Readable({ read() {} });
    source.on('error', () => {}).destroy(new Error('disk'));
    await turn();
    await expect(readAll(openSource(source))).rejects.toThrow('disk');
  });

  test('a Readable that fails before it is read ends no process, and says why when it is read', async () => {
    const source = new Readable({ read() {} });
    const opened = openSource(source);
    source.destroy(new Error('disk'));
    await turn();
    await expect(readAll(opened)).rejects.toThrow('disk');
  });

  test('what was read in part by somebody else gives the rest', async () => {
    const source = twoRows();
    source.next();
    expect(await readAll(openSource(source))).toEqual([2]);
  });
});

describe('a factory', () => {
  test.each([...readAgain, ...readOnce])('of %s gives one for each opening', async (_, make) => {
    expect(await readAll(openSource(make))).toHaveLength(2);
    expect(await readAll(openSource(make))).toHaveLength(2);
  });

  test('that gives the same generator again is refused', async () => {
    const same = twoRows();
    await readAll(openSource(() => same));
    expect(() => openSource(() => same)).toThrow(expect.objectContaining({ code: 'RMQ_SOURCE_USED' }));
  });

  test.each([[undefined], [null], [7], [{}], [Promise.resolve([1])], [twoRows]])(
    'that gives %p is refused',
    (given) => {
      expect(() => openSource((() => given) as unknown as SourceFactory<number>)).toThrow(
        expect.objectContaining({ code: 'RMQ_ARGUMENT_INVALID' }),
      );
    },
  );

  test('has its signal aborted where its source is left, and not where that ends', async () => {
    const signals: AbortSignal[] = [];
    const make = (signal: AbortSignal): number[] => {
      signals.push(signal);
      return [1];
    };
    await readAll(openSource(make));
    openSource(make).close();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true]);
  });
});

describe('closed while it has nothing to give', () => {
  const reported: unknown[] = [];
  beforeEach(() => {
    reported.length = 0;
    config.onUnhandledError = (error) => reported.push(error);
  });
  afterEach(() => {
    config.onUnhandledError = null;
  });

  const asked = async (source: PullSource<unknown> | SourceFactory<unknown>): Promise<OpenSource<unknown>> => {
    const opened = openSource(source);
    if (!opened.isSync) opened.iterator.next().catch(() => {});
    await turn();
    return opened;
  };

  test('a web ReadableStream is cancelled, and not locked any more', async () => {
    let cancelled = 0;
    const source = new ReadableStream({ cancel: () => void cancelled++ });
    (await asked(source)).close();
    expect(cancelled).toBe(1);
    await turn();
    expect(source.locked).toBe(false);
  });

  test('the answer to a request is over at the server, as a body of fetch and as a message of node:http', async () => {
    const closed: Promise<unknown>[] = [];
    const server = createServer((_, response) => {
      closed.push(once(response, 'close'));
      response.write('one');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const url = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
    const { body } = await fetch(url);
    const opened = await asked(body as unknown as PullSource<unknown>);
    opened.close();
    const { get } = await import('node:http');
    const [message]: unknown[] = await once(get(url), 'response');
    (await asked(message as Readable)).close();
    const left = await asked(async function* (signal) {
      const answer = await fetch(url, { signal });
      yield* answer.body as unknown as AsyncIterable<unknown>;
    });
    while (closed.length < 3) await turn();
    left.close();
    await Promise.all(closed);
    expect(closed).toHaveLength(3);
    await new Promise((resolve) => server.close(resolve));
    expect(reported).toEqual([]);
  });

  test('a Readable is destroyed', async () => {
    const source = new Readable({ objectMode: true, read() {} });
    (await asked(source)).close();
    expect(source.destroyed).toBe(true);
  });

  test('an asynchronous generator that waits by its signal is left', async () => {
    let left = false;
    const opened = await asked(async function* (signal) {
      try {
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        yield 1;
      } finally {
        left = true;
      }
    });
    opened.close();
    await turn();
    expect([left, reported]).toEqual([true, []]);
  });

  test('events are heard no longer', async () => {
    const emitter = new EventEmitter();
    (await asked(on(emitter, 'row'))).close();
    expect(emitter.listenerCount('row')).toBe(0);
  });

  test.each<[string, (failure: Error) => PullSource<unknown> | SourceFactory<unknown>]>([
    [
      'an iterator whose return() throws',
      (failure) => ({
        [Symbol.iterator]: () => ({
          next: () => ({ done: false, value: 1 }),
          return: () => {
            throw failure;
          },
        }),
      }),
    ],
    [
      'an asynchronous iterator whose return() rejects',
      (failure) => ({
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise(() => {}),
          return: () => Promise.reject(failure),
        }),
      }),
    ],
    [
      'an asynchronous generator that throws on its way out',
      (failure) =>
        async function* () {
          try {
            yield 1;
          } finally {
            await turn();
            // oxlint-disable-next-line no-unsafe-finally
            throw failure;
          }
        },
    ],
    [
      'a web ReadableStream that cannot be cancelled',
      (failure) => new ReadableStream({ cancel: () => Promise.reject(failure) }),
    ],
    [
      'a Readable that cannot be destroyed',
      (failure) => new Readable({ read() {}, destroy: (_, done) => setImmediate(done, failure) }),
    ],
  ])('%s is reported, and throws at nobody', async (_, make) => {
    const failure = new Error('stuck');
    const opened = await asked(make(failure));
    expect(() => opened.close()).not.toThrow();
    while (reported.length === 0) await turn();
    await turn();
    expect(reported).toEqual([failure]);
  });

  test.each<[string, () => PullSource<unknown> | SourceFactory<unknown>]>([
    ['an iterator without return()', () => [1].values()],
    ['a web ReadableStream that has failed meanwhile', failing],
    [
      'a Readable that has failed meanwhile',
      () =>
        Readable.from([1])
          .on('error', () => {})
          .destroy(new Error('disk')),
    ],
    ['a Readable that its signal ends', (): SourceFactory<unknown> => (signal) => new Readable({ signal, read() {} })],
  ])('%s has nothing to report', async (_, make) => {
    const opened = openSource(make());
    opened.close();
    // Timers that were set earlier, by rxjs, fire earlier.
    for (let turns = 0; turns < 5; turns++) await turn();
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(reported).toEqual([]);
  });

  function failing(): ReadableStream {
    return new ReadableStream({ start: (controller) => controller.error(new Error('gone')) });
  }
});
