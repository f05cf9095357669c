/**
 * zstd bodies: by Node itself where it can (from 22.15 on), otherwise by the optional package `@bokuweb/zstd-wasm`. It
 * finds out which there is, and says so where there is none.
 * Source: ZstdCompressor.java (5.5.0).
 */
// By its default export: bundlers look for the named one, and warn where they cannot follow what it leads to.
import nodeModule from 'node:module';
import * as zlib from 'node:zlib';
import { createError } from '../errors/rocketmq-error.js';
import type { Codec, CompressionDone } from './codec.js';
import { SysFlag } from './sys-flag.js';
import { splitZstdFrames, type ZstdFrame } from './zstd-frames.js';

/** What `node:zlib` has from Node 22.15 on. */
interface NodeZstd {
  zstdCompress(body: Uint8Array, options: NodeZstdOptions, done: CompressionDone): void;
  zstdCompressSync(body: Uint8Array, options: NodeZstdOptions): Buffer;
  zstdDecompressSync(body: Uint8Array, options: NodeZstdOptions): Buffer;
}

interface NodeZstdOptions {
  readonly params?: Readonly<Record<number, number>> | undefined;
  readonly maxOutputLength?: number | undefined;
}

/** What this file uses of the package. */
interface ZstdWasm {
  init(): Promise<void>;
  compress(body: Uint8Array, level: number): Uint8Array;
  decompress(body: Uint8Array, options: { readonly defaultHeapSize: number }): Uint8Array;
}

const PACKAGE = '@bokuweb/zstd-wasm';
const ZSTD_SYS_FLAG = SysFlag.COMPRESSED | SysFlag.ZSTD;
/** ZSTD_c_compressionLevel (zstd.h). */
const COMPRESSION_LEVEL = 100;
/**
 * Measured on Node 22 at level 5: handing a body over to the thread pool costs the event loop about 50 us whatever its
 * size; compressing 16 KiB in it costs 240 us, 4 KiB 90 us.
 */
const POOL_FROM_BYTES = 16 * 1024;

/** Throws RMQ_CODEC_MISSING where neither Node nor the package can do it. */
export function findZstdCodec(node: object = zlib, findWasm: () => Codec = wasmCodec): Codec {
  return hasZstd(node) ? nodeCodec(node) : findWasm();
}

/** Undefined where `findZstdCodec().decompress` says at once what it has to say; else resolves when it does. Never rejects. */
export function zstdLoading(): Promise<void> | undefined {
  if (hasZstd(zlib)) return undefined;
  try {
    return wasmCodec().loading;
  } catch {
    return undefined;
  }
}

const hasZstd = (module: object): module is NodeZstd => typeof Reflect.get(module, 'zstdCompress') === 'function';

const isZstdWasm = (module: unknown): module is ZstdWasm =>
  typeof module === 'object' &&
  module !== null &&
  ['init', 'compress', 'decompress'].every((name) => typeof Reflect.get(module, name) === 'function');

function nodeCodec(node: NodeZstd): Codec {
  const atLevel = (level: number): NodeZstdOptions => ({ params: { [COMPRESSION_LEVEL]: level } });
  return {
    sysFlag: ZSTD_SYS_FLAG,
    deferred: {
      fromBytes: POOL_FROM_BYTES,
      compress: (body, level, done) => node.zstdCompress(body, atLevel(level), done),
    },
    compressSync: (body, level) => node.zstdCompressSync(body, atLevel(level)),
    decompress: (body, maxBytes) =>
      decompressFrames(body, maxBytes, ({ bytes }, maxOutputLength) =>
        node.zstdDecompressSync(bytes, { maxOutputLength }),
      ),
  };
}

/** One of these per process. Until the package has loaded its code, bodies wait for it, whatever their size. */
class WasmCodec implements Codec {
  readonly sysFlag = ZSTD_SYS_FLAG;
  /** Rejects with what went wrong with the package. */
  readonly ready: Promise<void>;
  readonly #wasm: ZstdWasm;
  #isReady = false;

  constructor(wasm: ZstdWasm) {
    this.#wasm = wasm;
    this.ready = wasm.init().then(() => {
      this.#isReady = true;
    });
    // Whoever compresses is told.
    this.ready.catch(() => {});
  }

  /** Resolves when the package has loaded its code, or could not; undefined when it has. */
  get loading(): Promise<void> | undefined {
    return this.#isReady ? undefined : this.ready.catch(() => {});
  }

  /** It knows no thread pool. */
  get deferred(): Codec['deferred'] {
    return this.#isReady ? undefined : { fromBytes: 0, compress: this.#compressWhenReady };
  }

  compressSync(body: Uint8Array, level: number): Uint8Array {
    return this.#wasm.compress(body, level);
  }

  decompress(body: Buffer, maxBytes: number): Buffer {
    if (!this.#isReady) throw codecMissing('is still being loaded');
    return decompressFrames(body, maxBytes, this.#decompressFrame);
  }

  /** The package gives a frame that does not tell its size a fixed room: begin small, and enlarge it up to the limit. */
  readonly #decompressFrame = ({ bytes, contentSize }: ZstdFrame, maxBytes: number): Buffer => {
    for (let room = contentSize ?? FIRST_ROOM_BYTES; ; room *= 4) {
      const defaultHeapSize = Math.min(room, maxBytes);
      try {
        const content = this.#wasm.decompress(bytes, { defaultHeapSize });
        return Buffer.from(content.buffer, content.byteOffset, content.byteLength);
      } catch (error) {
        if (contentSize !== undefined || room >= maxBytes) throw error;
      }
    }
  };

  readonly #compressWhenReady = (body: Uint8Array, level: number, done: CompressionDone): void => {
    const compress = (): void => {
      let compressed: Uint8Array;
      try {
        compressed = this.compressSync(body, level);
      } catch (thrown) {
        failed(thrown);
        return;
      }
      done(null, compressed);
    };
    const failed = (thrown: unknown): void =>
      done(thrown instanceof Error ? thrown : new Error(String(thrown)), NOTHING);
    this.ready.then(compress, failed);
  };
}

const FIRST_ROOM_BYTES = 1024 * 1024;
const NOTHING = new Uint8Array(0);

/** The contents of all frames; `maxBytes` are for all together. */
function decompressFrames(
  body: Buffer,
  maxBytes: number,
  decompressFrame: (frame: ZstdFrame, maxBytes: number) => Buffer,
): Buffer {
  const contents: Buffer[] = [];
  let left = maxBytes;
  for (const frame of splitZstdFrames(body)) {
    if ((frame.contentSize ?? 0) > left) throw new Error('the content is larger than the limit');
    // Neither decoder takes a limit of 0.
    const content = decompressFrame(frame, Math.max(1, left));
    left -= content.length;
    if (left < 0) throw new Error('the content is larger than the limit');
    contents.push(content);
  }
  return contents.length === 1 && contents[0] !== undefined ? contents[0] : Buffer.concat(contents);
}

// The package has one memory for the whole process.
let loaded: WasmCodec | undefined;

function wasmCodec(): WasmCodec {
  loaded ??= new WasmCodec(loadZstdPackage());
  return loaded;
}

/** Where the package may lie: beside this file, and where the application was started. ESM does not know `__filename`. */
const packagePlaces = (): readonly (string | undefined)[] => [
  typeof __filename === 'string' ? __filename : undefined,
  process.argv[1],
  workingDirectory(),
];

/** Undefined where it was deleted, or may not be known. */
function workingDirectory(): string | undefined {
  try {
    return `${process.cwd()}/`;
  } catch {
    return undefined;
  }
}

/** The package, found from the first of `places` that leads to it. Throws RMQ_CODEC_MISSING where none does. */
export function loadZstdPackage(places: readonly (string | undefined)[] = packagePlaces()): ZstdWasm {
  let cause: unknown;
  for (const place of places) {
    if (place === undefined) continue;
    try {
      const required: unknown = nodeModule.createRequire(place)(PACKAGE);
      if (isZstdWasm(required)) return required;
    } catch (error) {
      cause ??= error;
    }
  }
  throw codecMissing('is not installed', cause);
}

const codecMissing = (what: string, cause?: unknown): Error =>
  createError('RMQ_CODEC_MISSING', `this Node ${process.versions.node} has no zstd, and ${PACKAGE} ${what}`, {
    cause,
    detail: { codec: 'zstd', package: PACKAGE, node: process.versions.node },
  });
