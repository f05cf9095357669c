/**
 * Compression whose thread pool is virtual: a body comes back when the schedule's own clock says so. The rest of the
 * codec is the real one.
 */
import type * as Zlib from '../../src/protocol/zlib-codec.js';

/** Set by the cluster of the run: calls back after so many virtual milliseconds. */
export const threadPool = { after: (_: number, work: () => void): void => work() };

export function virtualThreadPool(): typeof Zlib {
  const { zlibCodec } = jest.requireActual<typeof Zlib>('../../src/protocol/zlib-codec.js');
  let bodies = 0;
  return {
    zlibCodec: {
      ...zlibCodec,
      deferred: {
        fromBytes: 16 * 1024,
        compress(body, level, done) {
          const compressed = zlibCodec.compressSync(body.subarray(0, 64), level);
          threadPool.after(2 + (bodies++ % 7), () => done(null, compressed));
        },
      },
    },
  };
}
