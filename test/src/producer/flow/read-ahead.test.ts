/** Through `fromPull` and real operators, because what they do is what is judged. */
import {
  bufferTime,
  concatMap,
  delay,
  filter,
  interval,
  map,
  merge,
  mergeMap,
  type Observable,
  of,
  type OperatorFunction,
  take,
} from 'rxjs';
import type { mapAsync as MapAsyncOperator } from '../../../../operators/map-async.js';

type MapAsync = typeof MapAsyncOperator;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a source that is read to its end', () => {
  const ROWS = 5000;
  const work = async (n: number): Promise<number> => {
    await turn();
    return n;
  };

  /** Arrivals at a gate with room for 16, until the source is read and nothing more comes; the warnings of that. */
  async function warningsOf(
    through: (source: Observable<number>, mapAsync: MapAsync) => Observable<unknown>,
    isAsync = false,
  ) {
    // They warn once in a process.
    jest.resetModules();
    const { mapAsync } = await import('../../../../operators/map-async.js');
    const { fromPull } = await import('../../../../operators/from-pull.js');
    const { ambientGate } = await import('../../../../src/producer/flow/gate.js');
    const { Arrivals } = await import('../../../../src/producer/flow/arrivals.js');
    const arrivals = new Arrivals(() => 16);
    const gate = { isOpen: true, whenOpen() {}, addSource: () => () => {}, arrivals };
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const rows = isAsync ? asyncRows : syncRows;
    await new Promise<void>((resolve) => {
      ambientGate.run(gate, () =>
        through(fromPull<number>(rows), mapAsync).subscribe({ next: () => void arrivals.next(), complete: resolve }),
      );
    });
    const codes = warn.mock.calls.map(([, options]) => options);
    const texts = warn.mock.calls.map(([text]) => String(text));
    warn.mockRestore();
    return { codes, texts };
  }
  function* syncRows(): Generator<number> {
    for (let n = 0; n < ROWS; n++) yield n;
  }
  async function* asyncRows(): AsyncGenerator<number> {
    yield* syncRows();
  }

  const held: Readonly<Record<string, OperatorFunction<number, unknown>>> = {
    'concatMap over promises': concatMap(work),
    'mergeMap over promises, with a limit': mergeMap(work, 16),
    delay: delay(300),
  };
  const sources = [false, true] as const;
  const heldCases = Object.entries(held).flatMap(([name, through]) =>
    sources.map((isAsync) => [name, isAsync, through] as const),
  );

  test.each(heldCases)(
    'through %s (asynchronous source: %s) is told of once, with the operator to use',
    async (_, isAsync, through) => {
      const { codes, texts } = await warningsOf((source) => source.pipe(through), isAsync);
      expect(codes).toEqual([{ code: 'RMQ_READ_AHEAD' }]);
      expect(texts).toEqual([expect.stringMatching(/\d{4} were read .* use mapAsync\(project/)]);
    },
  );

  const passed: Readonly<Record<string, (source: Observable<number>) => Observable<unknown>>> = {
    map: map((n) => n),
    'a filter that lets one of fifty through': filter((n) => n % 50 === 0),
    'a filter that lets nothing through': filter((n) => n < 0),
    'a filter, with messages of a timer': (source) =>
      merge(source.pipe(filter((n) => n % 10 === 0)), interval(1).pipe(take(20))),
    'a filter beside a source that is not filtered': (source) => merge(source.pipe(filter((n) => n < 0)), source),
    'mergeMap over what is there': mergeMap((n) => of(n)),
    'bufferTime, whose arrays are few': bufferTime(1),
  };
  test.each(Object.entries(passed))('through %s nothing is said', async (_, through) => {
    expect(await warningsOf(through)).toEqual({ codes: [], texts: [] });
  });

  test('through mapAsync it is read within bounds, and nothing is said', async () => {
    let isRead = false;
    const { codes } = await warningsOf((source, mapAsync) =>
      source.pipe(
        mapAsync(work),
        map((n) => (isRead ||= n === ROWS - 1)),
      ),
    );
    expect([codes, isRead]).toEqual([[], true]);
  });
});
