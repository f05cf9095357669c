/**
 * Cuts a stream of bytes into frames, whatever pieces it arrives in. A frame that lies in one piece is read in place;
 * only one that is cut by the end of a piece is put together in a buffer of its own. Each byte is copied at most once
 * (and when that buffer grows), each length is judged as soon as its bytes are there and before memory is taken for it.
 *
 *     piece   [ …rest | frame | frame | fra ]        "fra" is copied to the front of `partial`,
 *     piece   [ me | frame | … ]                     "me" behind it; then it is read there
 */
import type { RocketMQError } from '../errors/rocketmq-error.js';
import { FRAME_LIMITS, readFrame } from '../protocol/frame.js';
import { ReceivedFrame } from '../protocol/received-frame.js';
import { violation } from '../protocol/violation.js';
import type { ByteBudget } from '../collections/byte-budget.js';
import { recognizeHttp2, recognizeStranger } from './stranger.js';

/** What an answer usually needs; kept from frame to frame. */
const PARTIAL_BYTES = 4096;

const TOTAL_BYTES = 4;
const PREFIX_BYTES = FRAME_LIMITS.prefixBytes;
/** An encoded header is never empty, in neither encoding. */
const SMALLEST_FRAME_BYTES = PREFIX_BYTES + 1;

export class FrameReader {
  readonly #frame = new ReceivedFrame();
  readonly #onFrame: (frame: ReceivedFrame) => void;
  readonly #budget: ByteBudget | undefined;
  #partial = Buffer.allocUnsafe(PARTIAL_BYTES);
  #partialLength = 0;
  #completed = 0;
  #isStopped = false;

  /** `onFrame` gets each frame in order; the frame is valid only during the call. `budget` is for what has begun. */
  constructor(onFrame: (frame: ReceivedFrame) => void, budget?: ByteBudget) {
    this.#onFrame = onFrame;
    this.#budget = budget;
  }

  /** A frame has begun and not ended. */
  get isMidFrame(): boolean {
    return this.#partialLength > 0;
  }

  /**
   * Takes the next piece, of which nothing is kept; returns how many frames it completed. Throws
   * RMQ_PROTOCOL_VIOLATION when it is not the remoting protocol; where the next frame begins is then unknown, so there
   * is nothing to do but to close the connection.
   */
  push(piece: Buffer): number {
    this.#completed = 0;
    let at = this.#partialLength > 0 ? this.#complete(piece) : 0;
    while (at < piece.length && !this.#isStopped) {
      const frameBytes = judgeLength(piece, at, piece.length);
      if (frameBytes === undefined || at + frameBytes > piece.length) {
        this.#append(piece, at, piece.length, frameBytes ?? PREFIX_BYTES);
        break;
      }
      this.#read(piece, at, at + frameBytes);
      at += frameBytes;
    }
    return this.#completed;
  }

  /** Hands out no further frame, not even of the piece that is being read, and keeps nothing. */
  stop(): void {
    this.#isStopped = true;
    this.#partialLength = 0;
    this.#shrink();
  }

  /** Continues the frame in `partial`; returns how much of the piece belongs to it. */
  #complete(piece: Buffer): number {
    let used = 0;
    if (this.#partialLength < PREFIX_BYTES) {
      used = Math.min(PREFIX_BYTES - this.#partialLength, piece.length);
      this.#append(piece, 0, used, PREFIX_BYTES);
    }
    const frameBytes = judgeLength(this.#partial, 0, this.#partialLength);
    if (frameBytes === undefined) return used;
    const end = Math.min(used + frameBytes - this.#partialLength, piece.length);
    this.#append(piece, used, end, frameBytes);
    if (this.#partialLength === frameBytes) this.#readPartial();
    return end;
  }

  #readPartial(): void {
    const partial = this.#partial;
    const end = this.#partialLength;
    this.#partialLength = 0;
    this.#shrink();
    if (!this.#isStopped) this.#read(partial, 0, end);
  }

  /** A large frame is rare: its buffer is not kept. */
  #shrink(): void {
    const more = this.#partial.length - PARTIAL_BYTES;
    if (more <= 0) return;
    this.#budget?.release(more);
    this.#partial = Buffer.allocUnsafe(PARTIAL_BYTES);
  }

  #read(bytes: Buffer, start: number, end: number): void {
    readFrame(bytes, start, end, this.#frame);
    this.#completed++;
    this.#onFrame(this.#frame);
  }

  #append(piece: Buffer, start: number, end: number, frameBytes: number): void {
    const length = this.#partialLength + end - start;
    if (length > this.#partial.length) {
      // Twice what has arrived, not what is announced: a peer gets no memory for a promise.
      const bytes = Math.min(Math.max(length, this.#partial.length * 2), frameBytes);
      if (this.#budget?.tryHold(bytes - this.#partial.length) === false) {
        throw violation('the unfinished frames of all connections are too large together', {
          limit: this.#budget.limit,
        });
      }
      const grown = Buffer.allocUnsafe(bytes);
      this.#partial.copy(grown, 0, 0, this.#partialLength);
      this.#partial = grown;
    }
    piece.copy(this.#partial, this.#partialLength, start, end);
    this.#partialLength = length;
  }
}

/** The length of the frame that begins at `start`, once enough of it is there to say; throws if it cannot be one. */
function judgeLength(bytes: Buffer, start: number, end: number): number | undefined {
  if (end - start < TOTAL_BYTES) return undefined;
  const frameBytes = bytes.readInt32BE(start) + TOTAL_BYTES;
  if (frameBytes < SMALLEST_FRAME_BYTES || frameBytes > FRAME_LIMITS.frameBytes) {
    throw notTheProtocol('a frame has an impossible length', recognizeStranger(bytes.subarray(start, end)));
  }
  if (end - start < PREFIX_BYTES) return undefined;
  const encodingAndHeader = bytes.readInt32BE(start + TOTAL_BYTES);
  const encoding = encodingAndHeader >>> 24;
  const headerBytes = encodingAndHeader & 0xff_ffff;
  if (headerBytes === 0 || headerBytes > frameBytes - PREFIX_BYTES || headerBytes > FRAME_LIMITS.headerBytes) {
    throw notTheProtocol('a header has an impossible length', recognizeHttp2(bytes.subarray(start, end)));
  }
  if (encoding > 1) throw notTheProtocol('a frame has an unknown header encoding');
  return frameBytes;
}

function notTheProtocol(what: string, hint?: string): RocketMQError {
  return violation(hint === undefined ? what : `${what}: ${hint}`);
}
