import { type CodecName, createCodec, decompress } from '../../../src/protocol/compression.js';
import { zstdLoading } from '../../../src/protocol/zstd-codec.js';
import { expectViolation } from './frames.js';

const BODY = Buffer.from('some body, '.repeat(50));

const compressed = (name: CodecName, body: Uint8Array = BODY): Buffer =>
  Buffer.from(createCodec(name).compressSync(body, 5));

beforeAll(() => zstdLoading());

test.each([
  ['zlib', 0x301],
  ['lz4', 0x101],
  ['zstd', 0x201],
] as const)('%s is told by the sysFlag %d', (name, sysFlag) => {
  expect(createCodec(name).sysFlag).toBe(sysFlag);
  expect(decompress(compressed(name), sysFlag, 1000).equals(BODY)).toBe(true);
});

test('a body that is not compressed is left alone, whatever the other bits say', () => {
  expect(decompress(BODY, 0x30e, 1)).toBe(BODY);
});

test('old clients say only that a body is compressed, and mean zlib', () => {
  expect(decompress(compressed('zlib'), 0x1, 1000).equals(BODY)).toBe(true);
});

test.each(['zlib', 'lz4', 'zstd'] as const)('no more than the limit is inflated: %s', (name) => {
  const { sysFlag } = createCodec(name);
  const bomb = compressed(name, Buffer.alloc(50_000_000));
  expectViolation(() => decompress(bomb, sysFlag, 4_194_304));
  const exact = compressed(name, Buffer.alloc(1000));
  expect(decompress(exact, sysFlag, 1000)).toHaveLength(1000);
  expectViolation(() => decompress(exact, sysFlag, 999));
});

test('a body of one codec under the flag of another is refused, and so is a type that there is not', () => {
  const sysFlags = [0x301, 0x101, 0x201];
  for (const name of ['zlib', 'lz4', 'zstd'] as const) {
    for (const sysFlag of sysFlags) {
      if (sysFlag !== createCodec(name).sysFlag) expectViolation(() => decompress(compressed(name), sysFlag, 1000));
    }
  }
  expectViolation(() => decompress(BODY, 0x401, 1000));
});
