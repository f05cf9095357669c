import { join } from 'node:path';
import type { Codec } from '../../../src/protocol/codec.js';
import type * as zstdCodec from '../../../src/protocol/zstd-codec.js';
import { findZstdCodec, loadZstdPackage, zstdLoading } from '../../../src/protocol/zstd-codec.js';
import { BODY_KINDS, sampleBody } from './sample-bodies.js';

const MIB = 1024 * 1024;
const LEVEL = 5;

/** Two frames, the first without a content size, as streaming writers make them: 'streamed ', 100 times. */
const STREAMED = Buffer.from('28b52ffd00588500004873747265616d65642001007859952328b52ffd2000010000', 'hex');
/** With one: 100 times 'a'. */
const ONE_SHOT = Buffer.from('28b52ffd20644500000861010080d40901', 'hex');

const WITHOUT_ZSTD = {};

describe('with what this Node or the package has', () => {
  let codec: Codec;
  beforeAll(async () => {
    await zstdLoading();
    codec = findZstdCodec();
  });

  test.each(BODY_KINDS)('%s comes back', (kind) => {
    for (const size of [1, 100, 4096, MIB, 4 * MIB]) {
      const body = sampleBody(kind, size);
      const compressed = Buffer.from(codec.compressSync(body, LEVEL));
      expect([size, codec.decompress(compressed, size).equals(body)]).toEqual([size, true]);
    }
  });

  test('frames of others are read, whether they tell their size or not', () => {
    expect(codec.decompress(ONE_SHOT, 100).toString()).toBe('a'.repeat(100));
    expect(codec.decompress(STREAMED, 900).toString()).toBe('streamed '.repeat(100));
    expect(codec.decompress(STREAMED, 100 * MIB)).toHaveLength(900);
  });

  test('never become larger than the limit', () => {
    const bomb = Buffer.from(codec.compressSync(Buffer.alloc(20 * MIB), LEVEL));
    expect(bomb.length).toBeLessThan(10_000);
    expect(() => codec.decompress(bomb, 4 * MIB)).toThrow(/./);
    expect(() => codec.decompress(STREAMED, 899)).toThrow(/./);
    expect(codec.decompress(bomb, 20 * MIB)).toHaveLength(20 * MIB);
  });

  test('broken and cut off content is refused', () => {
    for (const body of [
      Buffer.from('plain text'),
      ONE_SHOT.subarray(0, -1),
      STREAMED.subarray(0, -1),
      Buffer.from('28b52ffd', 'hex'),
    ]) {
      expect(() => codec.decompress(body, 1000)).toThrow(/./);
    }
  });

  test('a higher level makes fewer bytes', () => {
    const body = sampleBody('json', MIB);
    expect(codec.compressSync(body, 19).length).toBeLessThan(codec.compressSync(body, 1).length);
  });
});

describe('with the package', () => {
  test('the first body waits, and gets the same bytes', async () => {
    jest.resetModules();
    const fresh = jest.requireActual<typeof zstdCodec>('../../../src/protocol/zstd-codec.js');
    const codec = fresh.findZstdCodec(WITHOUT_ZSTD);
    const { deferred } = codec;
    expect(deferred?.fromBytes).toBe(0);
    expect(() => codec.decompress(ONE_SHOT, 100)).toThrow(expect.objectContaining({ code: 'RMQ_CODEC_MISSING' }));
    const body = sampleBody('text', 1000);
    const compressed = await new Promise<Uint8Array>((resolve, reject) => {
      deferred?.compress(body, LEVEL, (error, bytes) => (error === null ? resolve(bytes) : reject(error)));
    });
    expect(compressed).toEqual(codec.compressSync(body, LEVEL));
    expect(codec.deferred).toBeUndefined();
    expect(codec.decompress(Buffer.from(compressed), 1000).equals(body)).toBe(true);
  });

  test('is looked for in other places where the working directory is gone', () => {
    const cwd = jest.spyOn(process, 'cwd').mockImplementation(() => {
      throw new Error('ENOENT: no such file or directory, uv_cwd');
    });
    expect(loadZstdPackage().init).toBeInstanceOf(Function);
    cwd.mockRestore();
  });

  test('where it is not installed the error says what to do', () => {
    const places = [undefined, join(__dirname, 'nothing-here.js').replace(/.*[\\/]test[\\/]/, '/nowhere/')];
    expect(() =>
      findZstdCodec(WITHOUT_ZSTD, () => {
        throw new Error('asked');
      }),
    ).toThrow('asked');
    expect(() => loadZstdPackage(places)).toThrow(
      expect.objectContaining({
        code: 'RMQ_CODEC_MISSING',
        stored: 'no',
        message: expect.stringMatching(/has no zstd, and @bokuweb\/zstd-wasm is not installed/),
      }),
    );
  });
});

test('the functions of Node are preferred, and get level and limit', async () => {
  const calls: unknown[] = [];
  const record =
    (name: string) =>
    (body: Uint8Array, options: unknown, done?: (error: null, bytes: Uint8Array) => void): Buffer => {
      calls.push([name, body.length, options]);
      done?.(null, Buffer.from('compressed'));
      return Buffer.from('bytes');
    };
  const names = ['zstdCompress', 'zstdCompressSync', 'zstdDecompressSync'];
  const codec = findZstdCodec(Object.fromEntries(names.map((name) => [name, record(name)])));
  expect(codec.sysFlag).toBe(0x201);
  expect(Buffer.from(codec.compressSync(Buffer.alloc(3), 9)).toString()).toBe('bytes');
  expect(codec.decompress(ONE_SHOT, 1000).toString()).toBe('bytes');
  const pooled = await new Promise((resolve) =>
    codec.deferred?.compress(Buffer.alloc(5), 7, (_, bytes) => resolve(bytes)),
  );
  expect(pooled).toEqual(Buffer.from('compressed'));
  expect(calls).toEqual([
    ['zstdCompressSync', 3, { params: { 100: 9 } }],
    ['zstdDecompressSync', 17, { maxOutputLength: 1000 }],
    ['zstdCompress', 5, { params: { 100: 7 } }],
  ]);
});
