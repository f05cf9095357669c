import { gzipSync } from 'node:zlib';
import { sendMessage } from '../../../src/protocol/requests/send-message.js';
import { zlibCodec } from '../../../src/protocol/zlib-codec.js';
import { goldenFrame } from '../../golden/golden-frames.js';
import { read } from './frames.js';
import { BODY_KINDS, sampleBody } from './sample-bodies.js';

/** Java's default. */
const LEVEL = 5;

const compress = (body: Uint8Array): Buffer => Buffer.from(zlibCodec.compressSync(body, LEVEL));

// Written by the Java classes.
test('the bytes are those of Java', () => {
  expect(compress(Buffer.alloc(100, 'a')).toString('hex')).toBe('785e4b4ca43d00007a4725e5');
});

test('a recorded body is inflated, and compressed again to the same bytes', () => {
  const { bytes } = goldenFrame('5.5.0/compress-zlib', ({ code }) => code === 310);
  const { body, sysFlag } = sendMessage.decodeRequest(read(bytes));
  expect(sysFlag).toBe(zlibCodec.sysFlag);
  const plain = zlibCodec.decompress(Buffer.from(body), 10_240);
  expect(plain).toHaveLength(10_240);
  expect(compress(plain).equals(body)).toBe(true);
});

test.each(BODY_KINDS)('%s comes back', (kind) => {
  for (const size of [1, 4096, 1024 * 1024]) {
    const body = sampleBody(kind, size);
    expect(zlibCodec.decompress(compress(body), size).equals(body)).toBe(true);
  }
});

test('the thread pool gives the same bytes', async () => {
  const body = Buffer.from('compress me '.repeat(100));
  const compressed = await new Promise((resolve) =>
    zlibCodec.deferred?.compress(body, LEVEL, (error, bytes) => resolve(error ?? bytes)),
  );
  expect(compressed).toEqual(compress(body));
});

test('no more than the limit is inflated', () => {
  const bomb = compress(Buffer.alloc(50_000_000));
  expect(bomb.length).toBeLessThan(60_000);
  expect(() => zlibCodec.decompress(bomb, 4_194_304)).toThrow(/./);
  const exact = compress(Buffer.alloc(1000));
  expect(zlibCodec.decompress(exact, 1000)).toHaveLength(1000);
  expect(() => zlibCodec.decompress(exact, 999)).toThrow(/./);
});

test('broken, cut off and foreign content is refused', () => {
  const good = compress(Buffer.from('some body'));
  for (const body of [Buffer.alloc(0), Buffer.from('plain'), good.subarray(0, -1), gzipSync('x')]) {
    expect(() => zlibCodec.decompress(body, 1000)).toThrow(/./);
  }
});
