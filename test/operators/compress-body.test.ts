import { inflateSync } from 'node:zlib';
import { EMPTY, NEVER, of, Subject, throwError } from 'rxjs';
import { compressBody } from '../../operators/compress-body.js';
import type { CompressOptions } from '../../src/producer/options/compress-options.js';
import type { Envelope, Open, Settled } from '../../src/producer/message/envelope.js';
import { openEnvelope } from '../../src/producer/message/open-envelope.js';
import { decompress } from '../../src/protocol/compression.js';
import { zstdLoading } from '../../src/protocol/zstd-codec.js';
import { zlibCodec } from '../../src/protocol/zlib-codec.js';
import { VirtualTime } from '../src/time/virtual-time.js';
import { FlowBench, LIMITS, testScheduler } from './operator-kit.js';
import { fail } from '../../operators/stage.js';

type In = Open<number> | Settled<number>;

const withBody = (body: string | Uint8Array): In => openEnvelope({ topic: 'orders', body, context: 0 }, LIMITS);
const text = (bytes: number): string => 'compressible '.repeat(bytes).slice(0, bytes);
const noise = (bytes: number): Uint8Array => {
  let state = 1;
  return Uint8Array.from({ length: bytes }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 24;
  });
};

function run(options?: CompressOptions | false) {
  const source = new Subject<In>();
  const passed: Envelope[] = [];
  const ends: string[] = [];
  const done = new Promise<void>((resolve) => {
    source.pipe(compressBody(options)).subscribe({
      next: (envelope) => {
        passed.push(envelope);
        if (envelope.outcome === undefined) envelope.holder = { stage: 'send', released() {} };
      },
      complete: () => {
        ends.push('complete');
        resolve();
      },
    });
  });
  return { source, passed, ends, done };
}

describe('compressBody', () => {
  test('compresses a body of overBytes as Java reads it, in the same turn', () => {
    const { source, passed } = run({ overBytes: 100 });
    const envelope = withBody(text(100));
    source.next(envelope);
    expect(passed).toEqual([envelope]);
    expect(envelope.sysFlag).toBe(0x301);
    expect(inflateSync(envelope.body).toString()).toBe(text(100));
  });

  test.each([
    ['lz4', 0x101],
    ['zstd', 0x201],
  ] as const)('compresses with %s, and says so in the sysFlag', async (codec, sysFlag) => {
    await zstdLoading();
    const { source, passed } = run({ overBytes: 100, codec });
    const envelope = withBody(text(10_000));
    source.next(envelope);
    expect(passed).toEqual([envelope]);
    expect(envelope.sysFlag).toBe(sysFlag);
    expect(envelope.body.length).toBeLessThan(1000);
    expect(decompress(Buffer.from(envelope.body), sysFlag, 10_000).toString()).toBe(text(10_000));
  });

  test('lz4 is done in the same turn, whatever the size', () => {
    const { source, passed } = run({ codec: 'lz4' });
    source.next(withBody(text(5_000_000)));
    expect(passed).toHaveLength(1);
  });

  test.each([
    ['smaller than overBytes', { overBytes: 101 }, text(100)],
    ['that would not get smaller', { overBytes: 100 }, noise(300)],
    ['smaller than 4096 bytes by default', {}, text(4095)],
    ['of any size, under compress: false', false as const, text(100_000)],
  ])('leaves a body alone %s', (_, options, body) => {
    const { source, passed } = run(options);
    const envelope = withBody(body);
    const before = envelope.body;
    source.next(envelope);
    expect(passed).toEqual([envelope]);
    expect(envelope).toMatchObject({ sysFlag: 0 });
    expect(envelope.body).toBe(before);
  });

  test('compresses a large body outside the event loop; completion waits, small ones overtake', async () => {
    const { source, passed, ends, done } = run({ overBytes: 1 });
    const [large, small] = [withBody(text(100_000)), withBody(text(100))];
    source.next(large);
    source.next(small);
    source.complete();
    expect([passed, ends]).toEqual([[small], []]);
    await done;
    expect(passed).toEqual([small, large]);
    expect(inflateSync(large.body).toString()).toBe(text(100_000));
  });

  test('never touches the caller’s bytes', async () => {
    const body = Buffer.from(text(100_000));
    const { source, done } = run({ overBytes: 1 });
    source.next(withBody(body));
    source.complete();
    await done;
    expect(body.toString()).toBe(text(100_000));
  });

  test('what zlib throws settles the message', () => {
    const { source, passed } = run({ overBytes: 1 });
    jest.spyOn(zlibCodec, 'compressSync').mockImplementationOnce(() => {
      throw new Error('zlib is out of memory');
    });
    source.next(withBody(text(100)));
    expect(passed[0]?.outcome).toMatchObject({
      stage: 'compress',
      stored: 'no',
      error: { code: 'RMQ_COMPRESS_FAILED' },
    });
  });

  test.each([
    ['in the same turn', 100],
    ['on the thread pool', 100_000],
  ])(
    'a body that cannot be compressed, %s, gives the slot of its message back, and the next one has it',
    async (_, bytes) => {
      const compress = (): never => {
        throw new Error('out of memory');
      };
      jest.spyOn(zlibCodec, 'compressSync').mockImplementation(compress);
      const { deferred } = zlibCodec;
      if (deferred === undefined) throw new Error('zlib has a thread pool');
      jest.spyOn(deferred, 'compress').mockImplementation((_body, _level, done) => {
        setImmediate(() => done(new Error('out of memory'), Buffer.alloc(0)));
      });
      const bench = new FlowBench(new VirtualTime().clock.scheduler);
      const flow = bench.createFlow({ window: 1 });
      const { source, passed, done } = run({ overBytes: 1 });
      const [first, second] = [withBody(text(bytes)), withBody(text(bytes))];
      for (const envelope of [first, second]) flow.adopt(envelope);
      expect([flow.tryAdmit(first), flow.tryAdmit(second)]).toEqual([true, false]);
      source.next(first);
      source.complete();
      await done;
      expect(passed).toEqual([first]);
      expect(first.outcome).toMatchObject({ stored: 'no', error: { code: 'RMQ_COMPRESS_FAILED' } });
      expect(bench.statistics).toMatchObject({ inFlight: 0, inFlightBytes: 0, failed: 1 });
      expect(flow.tryAdmit(second)).toBe(true);
      jest.restoreAllMocks();
    },
  );

  test('a message that is settled while it is compressed passes once', async () => {
    const { source, passed, done } = run({ overBytes: 1 });
    const envelope = withBody(text(100_000));
    source.next(envelope);
    fail(envelope, 'compress', 'RMQ_DEADLINE', 'late');
    source.complete();
    await done;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(passed).toEqual([envelope]);
    expect(envelope.sysFlag).toBe(0);
  });

  test('never, empty and error pass through', () => {
    testScheduler().run(({ expectObservable }) => {
      expectObservable(NEVER.pipe(compressBody())).toBe('');
      expectObservable(EMPTY.pipe(compressBody())).toBe('|');
      expectObservable(throwError(() => 'error').pipe(compressBody())).toBe('#');
    });
  });

  test('can be subscribed to again, and unsubscribing leaves the source', () => {
    const source = new Subject<In>();
    const compressed$ = source.pipe(compressBody());
    compressed$.subscribe().unsubscribe();
    expect(source.observed).toBe(false);
    let passed = 0;
    const again$ = of(withBody('x')).pipe(compressBody());
    again$.subscribe(() => passed++);
    again$.subscribe(() => passed++);
    expect(passed).toBe(2);
  });
});
