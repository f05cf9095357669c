/**
 * What is to leave through one connection. Frames wait in our own buffer, where it is certain that the server has not
 * seen them, until the kernel has taken the write before; whatever came together by then leaves in one write. Answers
 * are not its business.
 *
 *            open          end of the turn of the event loop          kernel
 *     held ────────► buffer ────────────────────────────────► write ────────► gone
 *     '------ withheld: not stored -------'                   '------ maybe ------'
 */
import { FrameBuffer } from '../protocol/frame-buffer.js';
import { isLaterOpaque } from './opaque.js';

/** Who wants to know when the bytes of a frame are with the kernel. */
interface HandOver {
  onHandedOver(): void;
}

/** Whose frames had not left when the outbox was closed. */
interface Unsent<H> {
  /** No byte of these frames left this process. */
  readonly withheld: readonly H[];
  /** These were in the last write, of which the kernel may have taken a part. */
  readonly inWrite: readonly H[];
}

export class Outbox<H extends HandOver> {
  /** Write one frame here, then call `added`. */
  readonly buffer = new FrameBuffer();
  readonly #write: (chunks: readonly Uint8Array[]) => void;

  /** Until the connection opens: each frame by itself, because its request may end before that. */
  #held: Map<number, readonly Buffer[]> | undefined = new Map();
  #heldBytes = 0;
  #bytesInWrite = 0;
  #lastAdded = 0;
  #lastWritten: number | undefined;
  #isFlushScheduled = false;
  #isClosed = false;
  #handOvers: H[] = [];
  #handOversInWrite: H[] = [];

  /** `write` gets chunks that must not change until `taken` is called; there is one write at a time. */
  constructor(write: (chunks: readonly Uint8Array[]) => void) {
    this.#write = write;
  }

  /** Bytes that the kernel has not taken. */
  get unsentBytes(): number {
    return this.#heldBytes + this.buffer.length + this.#bytesInWrite;
  }

  /** Whether no byte of this frame, which was added, has left this process. */
  isWithheld(opaque: number): boolean {
    return this.#lastWritten === undefined || isLaterOpaque(opaque, this.#lastWritten);
  }

  /** The frame in `buffer` is complete. All frames added in one turn of the event loop leave in one write. */
  added(opaque: number, handOver?: H): void {
    this.#lastAdded = opaque;
    if (handOver !== undefined) this.#handOvers.push(handOver);
    if (this.#held !== undefined) {
      this.#heldBytes += this.buffer.length;
      this.#held.set(opaque, this.buffer.take());
    } else if (!this.#isFlushScheduled) {
      this.#isFlushScheduled = true;
      process.nextTick(this.#flush);
    }
  }

  /** Takes back a frame that is held. Returns false when it is too late: it will leave. */
  withdraw(opaque: number): boolean {
    const chunks = this.#held?.get(opaque);
    if (chunks === undefined) return false;
    this.#held?.delete(opaque);
    for (const chunk of chunks) this.#heldBytes -= chunk.length;
    return true;
  }

  /** The connection is open: what is held leaves. */
  open(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#heldBytes = 0;
    for (const [, chunks] of held) {
      for (const chunk of chunks) {
        this.buffer.reserve(chunk.length);
        this.buffer.bytes.set(chunk, this.buffer.offset);
        this.buffer.offset += chunk.length;
      }
    }
    this.#flush();
  }

  /** The kernel has taken the last write. */
  taken(): void {
    this.#bytesInWrite = 0;
    this.buffer.giveBack();
    if (this.#handOversInWrite.length > 0) {
      const handedOver = this.#handOversInWrite;
      this.#handOversInWrite = [];
      for (const handOver of handedOver) handOver.onHandedOver();
    }
    if (!this.#isFlushScheduled) this.#flush();
  }

  /** Nothing leaves any more. */
  close(): Unsent<H> {
    this.#isClosed = true;
    return { withheld: this.#handOvers, inWrite: this.#handOversInWrite };
  }

  readonly #flush = (): void => {
    this.#isFlushScheduled = false;
    if (this.#isClosed || this.#bytesInWrite > 0 || this.buffer.length === 0) return;
    this.#lastWritten = this.#lastAdded;
    this.#bytesInWrite = this.buffer.length;
    if (this.#handOvers.length > 0) {
      this.#handOversInWrite = this.#handOvers;
      this.#handOvers = [];
    }
    this.#write(this.buffer.take());
  };
}
