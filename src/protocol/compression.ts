/**
 * Compressed bodies: which codec a body is for, by its name in the options and by the sysFlag of a message, and its
 * limits on the way back. How a codec does it is its own file; whether a body is worth it is decided by the caller.
 * Source: CompressionType.java, CompressorFactory.java (5.5.0).
 */
import { RocketMQError } from '../errors/rocketmq-error.js';
import type { Codec } from './codec.js';
import { createLz4Codec, readLz4Frames } from './lz4-codec.js';
import { SysFlag } from './sys-flag.js';
import { violation } from './violation.js';
import { zlibCodec } from './zlib-codec.js';
import { findZstdCodec, zstdLoading } from './zstd-codec.js';

export type CodecName = 'zlib' | 'lz4' | 'zstd';

const codecs: Readonly<Record<CodecName, () => Codec>> = {
  zlib: () => zlibCodec,
  lz4: createLz4Codec,
  zstd: () => findZstdCodec(),
};

/** The codec of one pipeline. Throws RMQ_CODEC_MISSING where it can do nothing in this process. */
export function createCodec(name: CodecName): Codec {
  return codecs[name]();
}

type Inflate = (body: Buffer, maxBytes: number) => Buffer;
const inflateZlib: Inflate = (body, maxBytes) => zlibCodec.decompress(body, maxBytes);
const inflaters: ReadonlyMap<number, Inflate> = new Map([
  [0, inflateZlib], // old clients write no type, and mean this
  [SysFlag.ZLIB, inflateZlib],
  [SysFlag.LZ4, readLz4Frames],
  [SysFlag.ZSTD, (body, maxBytes) => findZstdCodec().decompress(body, maxBytes)],
]);

/**
 * Undefined where `decompress` can be called for a body with this sysFlag now; else resolves when it can: what reads zstd
 * without Node's help takes a moment to load. Never rejects.
 */
export function whenReadable(sysFlag: number): Promise<void> | undefined {
  const isZstd = (sysFlag & SysFlag.COMPRESSED) !== 0 && (sysFlag & SysFlag.COMPRESSION_TYPES) === SysFlag.ZSTD;
  return isZstd ? zstdLoading() : undefined;
}

/**
 * The body as its producer handed it in, according to its sysFlag; never more than `maxBytes` are inflated. Throws
 * RMQ_PROTOCOL_VIOLATION for broken or too large content and for types that there are not, and RMQ_CODEC_MISSING for
 * zstd in a process that cannot read it (see `zstd-codec.ts`).
 */
export function decompress(body: Buffer, sysFlag: number, maxBytes: number): Buffer {
  if ((sysFlag & SysFlag.COMPRESSED) === 0) return body;
  const inflate = inflaters.get(sysFlag & SysFlag.COMPRESSION_TYPES);
  if (inflate === undefined) throw violation('a body is compressed in an unknown way', { sysFlag });
  try {
    return inflate(body, maxBytes);
  } catch (error) {
    if (error instanceof RocketMQError) throw error;
    throw violation(`a compressed body is broken or larger than ${maxBytes} bytes`, { limit: maxBytes }, error);
  }
}
