import { gzipSync } from 'node:zlib';
import { compress, compressSync, decompress, ZLIB_SYS_FLAG } from '../../../src/protocol/compression.js';
import { sendMessage } from '../../../src/protocol/requests/send-message.js';
import { goldenFrame } from '../../golden/golden-frames.js';
import { expectViolation, read } from './frames.js';

/** Java's default. */
const LEVEL = 5;

// Written by the Java classes.
test('the bytes are those of Java', () => {
  expect(compressSync(Buffer.alloc(100, 'a'), LEVEL).toString('hex')).toBe('785e4b4ca43d00007a4725e5');
});

test('a recorded body is inflated, and compressed again to the same bytes', () => {
  const { bytes } = goldenFrame('5.5.0/compress-zlib', ({ code }) => code === 310);
  const { body, sysFlag } = sendMessage.decodeRequest(read(bytes));
  expect(sysFlag).toBe(ZLIB_SYS_FLAG);
  const plain = decompress(Buffer.from(body), sysFlag, 10_240);
  expect(plain).toHaveLength(10_240);
  expect(compressSync(plain, LEVEL).equals(body)).toBe(true);
});

test('the thread pool gives the same bytes', async () => {
  const body = Buffer.from('compress me '.repeat(100));
  const compressed = await new Promise((resolve) => compress(body, LEVEL, (error, bytes) => resolve(error ?? bytes)));
  expect(compressed).toEqual(compressSync(body, LEVEL));
});

test('a body that is not compressed is left alone, whatever the other bits say', () => {
  const body = Buffer.from('plain');
  expect(decompress(body, 0x30e, 1)).toBe(body);
});

test('old clients say only that a body is compressed, and mean zlib', () => {
  expect(decompress(compressSync(Buffer.from('body'), LEVEL), 0x1, 10).toString()).toBe('body');
});

test('no more than the limit is inflated', () => {
  const bomb = compressSync(Buffer.alloc(50_000_000), LEVEL);
  expect(bomb.length).toBeLessThan(60_000);
  expectViolation(() => decompress(bomb, ZLIB_SYS_FLAG, 4_194_304));
  const exact = compressSync(Buffer.alloc(1000), LEVEL);
  expect(decompress(exact, ZLIB_SYS_FLAG, 1000)).toHaveLength(1000);
  expectViolation(() => decompress(exact, ZLIB_SYS_FLAG, 999));
});

test('broken, cut off and foreign content is refused', () => {
  const good = compressSync(Buffer.from('some body'), LEVEL);
  for (const body of [Buffer.alloc(0), Buffer.from('plain'), good.subarray(0, -1), gzipSync('x')]) {
    expectViolation(() => decompress(body, ZLIB_SYS_FLAG, 1000));
  }
  expectViolation(() => decompress(good, 0x101, 1000));
  expectViolation(() => decompress(good, 0x201, 1000));
});
