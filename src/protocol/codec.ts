/**
 * What compresses bodies, and gives them back: the shape that the codecs share. Which codec a body needs, and when it is
 * worth it, is decided elsewhere.
 */

export interface Codec {
  /** What a body that it compressed adds to the sysFlag. */
  readonly sysFlag: number;
  /** How it compresses outside of this turn of the event loop; undefined where it cannot, or has no need to. */
  readonly deferred: DeferredCompression | undefined;
  /** Compresses in this turn. */
  compressSync(body: Uint8Array, level: number): Uint8Array;
  /**
   * The body as it was before it was compressed, by whomever; never more than `maxBytes`. Throws whatever is wrong with
   * broken or larger content.
   */
  decompress(body: Buffer, maxBytes: number): Buffer;
}

export interface DeferredCompression {
  /** The size of body from which it costs the event loop less than `compressSync`. */
  readonly fromBytes: number;
  /** `done` is called once, in a later turn. */
  compress(body: Uint8Array, level: number, done: CompressionDone): void;
}

export type CompressionDone = (error: Error | null, compressed: Uint8Array) => void;
