/** Compresses bodies, once for all attempts. What the bytes look like is `src/protocol/compression.ts`. */
import type { OperatorFunction } from 'rxjs';
import { OptionCheck } from '../src/options/check-options.js';
import { checkCompression, type CompressOptions, compressOptions } from '../src/producer/options/compress-options.js';
import type { Open, Settled } from '../src/producer/message/envelope.js';
import type { Codec } from '../src/protocol/codec.js';
import { createCodec } from '../src/protocol/compression.js';
import { fail, stage } from './stage.js';

const DEFAULT_OVER_BYTES = 4096;
const DEFAULT_LEVEL = 5;

/**
 * Compresses every body of at least `overBytes` (4096); with zlib, unless `codec` says otherwise: that is what every
 * Java consumer reads. A body that does not get smaller stays as it is, and so does an explicit batch; the caller's object is never touched. With
 * zlib, and zstd of Node's own, large bodies are compressed outside the event loop, so messages may overtake each other
 * here. A failure of the codec settles the message: stage `compress`, RMQ_COMPRESS_FAILED, `stored: 'no'`. With `false`,
 * everything passes untouched. Throws RMQ_CODEC_MISSING, at once, for zstd where neither Node nor a package has it.
 */
export function compressBody<C>(
  options: CompressOptions | false = {},
): OperatorFunction<Open<C> | Settled<C>, Open<C> | Settled<C>> {
  if (options === false) return (source) => source;
  const check = new OptionCheck('options of compressBody');
  checkCompression(check, check.take(options, compressOptions));
  check.assertNone();
  const { overBytes = DEFAULT_OVER_BYTES, level = DEFAULT_LEVEL, codec: name = 'zlib' } = options;
  const codec = createCodec(name);

  return stage<C, Open<C>, Open<C>>('compress', 'RMQ_COMPRESS_FAILED', (passage) => (envelope) => {
    const { body } = envelope;
    // Brokers read the members of a batch without unpacking it.
    if (body.length < overBytes || envelope.batch !== undefined) return 'pass';
    const { deferred } = codec;
    if (deferred === undefined || body.length < deferred.fromBytes) {
      replaceBody(envelope, codec.compressSync(body, level), codec);
      return 'pass';
    }
    passage.hold(envelope);
    deferred.compress(body, level, (error, compressed) => {
      if (envelope.outcome !== undefined) return;
      if (error === null) replaceBody(envelope, compressed, codec);
      else fail(envelope, 'compress', 'RMQ_COMPRESS_FAILED', error);
      passage.release(envelope);
    });
    return 'kept';
  });
}

function replaceBody<C>(envelope: Open<C>, compressed: Uint8Array, codec: Codec): void {
  if (compressed.length >= envelope.body.length) return;
  envelope.body = compressed;
  envelope.sysFlag |= codec.sysFlag;
}
