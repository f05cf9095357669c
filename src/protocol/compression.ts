/**
 * Compressed bodies: zlib streams as Java writes them, and back within a limit. Whether a body is worth it, and whether
 * to do it on the thread pool, is decided by the caller.
 * Source: ZlibCompressor.java, CompressionType.java (5.5.0); level 5 gives the same bytes as Java.
 */
import { deflate, deflateSync, inflateSync } from 'node:zlib';
import { SysFlag } from './sys-flag.js';
import { violation } from './violation.js';

/** What a zlib body adds to the sysFlag; 4.9.4 and later write the type, older ones know only the first bit. */
export const ZLIB_SYS_FLAG = SysFlag.COMPRESSED | SysFlag.ZLIB;

/** Compresses in this turn of the event loop: about 10 us per KiB. */
export function compressSync(body: Uint8Array, level: number): Buffer {
  return deflateSync(body, { level });
}

/** Compresses on the thread pool. `done` is called once, in a later turn. */
export function compress(
  body: Uint8Array,
  level: number,
  done: (error: Error | null, compressed: Buffer) => void,
): void {
  deflate(body, { level }, done);
}

/**
 * The body as its producer handed it in, according to its sysFlag; never more than `maxBytes` are inflated. Throws
 * RMQ_PROTOCOL_VIOLATION for broken or too large content and for types other than zlib.
 */
export function decompress(body: Buffer, sysFlag: number, maxBytes: number): Buffer {
  if ((sysFlag & SysFlag.COMPRESSED) === 0) return body;
  const type = sysFlag & SysFlag.COMPRESSION_TYPES;
  if (type !== 0 && type !== SysFlag.ZLIB)
    throw violation('a body is compressed in another way than zlib', { sysFlag });
  try {
    return inflateSync(body, { maxOutputLength: maxBytes });
  } catch (error) {
    throw violation(`a compressed body is broken or larger than ${maxBytes} bytes`, { limit: maxBytes }, error);
  }
}
