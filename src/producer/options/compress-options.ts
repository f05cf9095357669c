/**
 * How bodies are compressed: the options, their table, and the check of what the table cannot say. What is done with
 * them is `operators/compress-body.ts`.
 */
import { RocketMQError } from '../../errors/rocketmq-error.js';
import { type CodecName, createCodec } from '../../protocol/compression.js';
import type { Filled, OptionCheck, OptionTable } from '../../options/check-options.js';
import { integer, oneOf } from '../../options/option-kinds.js';

/** When, how and how strongly bodies are compressed. */
export interface CompressOptions {
  /** Bodies of at least this many bytes are compressed, if that makes them smaller. */
  readonly overBytes?: number | undefined;
  /** By what the consumers of the topic read (docs/readers.md): rocketmq-client-nodejs reads no codec at all, and only Java's from 4.9.4 on read more than zlib. If all consumers are Java's, `lz4` is the fastest. `zstd` needs Node 22.15, or the package @bokuweb/zstd-wasm installed. */
  readonly codec?: CodecName | undefined;
  /** Higher takes more CPU time for fewer bytes: 1 to 9 with zlib, 1 to 22 with zstd; lz4 has no levels. */
  readonly level?: number | undefined;
}

/** What the frame limit of every server (16 MiB, NettyDecoder.java) leaves beside properties and header. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024 - 64 * 1024;
const MAX_ZLIB_LEVEL = 9;

export const compressOptions = {
  overBytes: { kind: integer(1, MAX_BODY_BYTES), default: 4096, java: 'compressMsgBodyOverHowmuch' },
  codec: { kind: oneOf('zlib', 'lz4', 'zstd'), default: 'zlib', java: 'compressType' },
  level: { kind: integer(1, 22), default: 5, java: 'compressLevel' },
} as const satisfies OptionTable;

/** Adds what is wrong with `compress` to `check`: a level that the codec has not, a codec that this process has not. */
export function checkCompression(check: OptionCheck, compress: Filled<CompressOptions> | false | undefined): void {
  if (compress === undefined || compress === false) return;
  const { codec, level } = compress;
  if (codec === 'zlib' && level > MAX_ZLIB_LEVEL) {
    check.add('compress.level', `is ${level}, with zlib it must be a whole number from 1 to ${MAX_ZLIB_LEVEL}`);
  }
  try {
    createCodec(codec);
  } catch (error) {
    if (!(error instanceof RocketMQError)) throw error;
    check.add('compress.codec', `is '${codec}', but ${error.message}`, error.code);
  }
}
