import type * as creation from '../../../../src/create-producer.js';
import { type Filled, OptionCheck } from '../../../../src/options/check-options.js';
import { checkCompression, type CompressOptions } from '../../../../src/producer/options/compress-options.js';

function problemsOf(compress: Filled<CompressOptions> | false | undefined): unknown {
  const check = new OptionCheck('options');
  checkCompression(check, compress);
  try {
    check.assertNone();
  } catch (error) {
    return error;
  }
  return undefined;
}

afterEach(() => {
  jest.dontMock('../../../../src/protocol/compression.js');
  jest.resetModules();
});

test.each([
  undefined,
  false as const,
  { overBytes: 1, codec: 'zlib', level: 9 } as const,
  { overBytes: 1, codec: 'lz4', level: 22 } as const,
  { overBytes: 1, codec: 'zstd', level: 22 } as const,
])('good: %p', (compress) => {
  expect(problemsOf(compress)).toBeUndefined();
});

test('a level that zlib has not is a problem', () => {
  expect(problemsOf({ overBytes: 1, codec: 'zlib', level: 10 })).toMatchObject({
    code: 'RMQ_CONFIG_INVALID',
    message: expect.stringContaining('compress.level is 10, with zlib it must be a whole number from 1 to 9'),
  });
});

test('a codec that this process has not is one, found when the producer is created', () => {
  jest.resetModules();
  jest.doMock('node:module', () => ({
    createRequire: () => () => {
      throw new Error('not found');
    },
  }));
  // As Node is before 22.15.
  jest.doMock('node:zlib', () => ({ ...jest.requireActual<object>('node:zlib'), zstdCompress: undefined }));
  const { createProducer } = jest.requireActual<typeof creation>('../../../../src/create-producer.js');
  const config = { nameServers: 'localhost:1', group: 'group', logger: false } as const;
  expect(() => createProducer({ ...config, compress: { codec: 'zstd' } })).toThrow(
    expect.objectContaining({
      code: 'RMQ_CODEC_MISSING',
      name: 'ConfigurationError',
      message: expect.stringContaining('@bokuweb/zstd-wasm is not installed'),
    }),
  );
  expect(() => createProducer({ ...config, compress: { codec: 'lz4' } })).not.toThrow();
});
