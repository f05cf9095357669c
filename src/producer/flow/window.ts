/**
 * How much one flow may hold, in messages and bytes: in flight, settled but not taken by the subscriber yet, waiting for
 * a slot. It only counts: what a message is, and when it ends, is `Flow`'s.
 */
import { AdaptiveWindow, MAX_LIMIT } from './adaptive-window.js';
import type { ProducerStatistics } from '../state/producer-statistics.js';
import type { Share } from './shared-limit.js';

/**
 * What happens to a message of a source that cannot be paused when `buffer` is full:
 * - `'error'`: it fails with RMQ_OVERLOADED, which ends the stream unless `onFailure` says otherwise;
 * - `'drop-newest'`: it is dropped; `'drop-oldest'`: the one that has waited longest is. A dropped message fails with
 *   RMQ_DROPPED, told to the dead letter and the metrics, and does not end the stream;
 * - `'unbounded'`: nothing is full, ever. Memory is then bounded by the source alone.
 */
export type OnOverflow = 'error' | 'drop-newest' | 'drop-oldest' | 'unbounded';

/** What may wait for a slot when the source cannot be paused. */
export interface BufferOptions {
  /** Messages that wait at most. */
  readonly messages?: number | undefined;
  /** Their bodies and properties at most. When absent, as much as `windowBytes`. */
  readonly bytes?: number | undefined;
  /** What happens to what finds no room. */
  readonly onOverflow?: OnOverflow | undefined;
}

/** How much a flow may hold. */
export interface FlowOptions {
  /** Messages in flight at most; `'auto'`: as many as keep the brokers busy, found out from their answers (8 to 4096). */
  readonly window?: number | 'auto' | undefined;
  /** Bytes in flight at most (bodies and properties); whichever limit is reached first holds. A larger message goes alone. */
  readonly windowBytes?: number | undefined;
  /** What may wait when the source cannot be paused. */
  readonly buffer?: BufferOptions | undefined;
}

const DEFAULT_WINDOW = 256;
const DEFAULT_WINDOW_BYTES = 8 * 1024 * 1024;
const DEFAULT_BUFFER_MESSAGES = 1024;

/** What a flow holds at one moment. */
export interface Pressure {
  readonly inFlight: number;
  readonly inFlightBytes: number;
  /** Messages that wait for a slot. */
  readonly buffered: number;
  readonly bufferedBytes: number;
  /** Whether a message handed in now gets a slot at once. */
  readonly open: boolean;
}

export class Window {
  readonly onOverflow: OnOverflow;
  #messages: number;
  readonly #adaptive: AdaptiveWindow | undefined;
  readonly #bytes: number;
  readonly #bufferMessages: number;
  readonly #bufferBytes: number;
  /** Sources that can be paused are, also where the buffer for the others has no bound. */
  readonly #pausesAt: { readonly messages: number; readonly bytes: number };
  readonly #statistics: ProducerStatistics;
  readonly #share: Share | undefined;
  /** Pull sources that read by this window: each may have one message waiting, which was read before the gate closed. */
  sources = 0;
  /** Is told of every change; set while somebody looks. */
  onChange: (() => void) | undefined;

  #inFlight = 0;
  #inFlightBytes = 0;
  #untaken = 0;
  #untakenBytes = 0;
  #buffered = 0;
  #bufferedBytes = 0;
  /** Of those that wait: behind another one of their key, or for their broker, so that a free slot would not help them. */
  #behind = 0;
  #behindBytes = 0;
  /** Of those that wait. */
  #largestBuffered = 0;

  constructor(options: FlowOptions, statistics: ProducerStatistics, share: Share | undefined) {
    const { window = DEFAULT_WINDOW, windowBytes = DEFAULT_WINDOW_BYTES, buffer = {} } = options;
    const { messages = DEFAULT_BUFFER_MESSAGES, bytes = windowBytes, onOverflow = 'error' } = buffer;
    this.onOverflow = onOverflow;
    if (window === 'auto') {
      this.#adaptive = new AdaptiveWindow();
      this.#messages = this.#adaptive.limit;
    } else {
      this.#messages = window;
    }
    this.#bytes = windowBytes;
    this.#pausesAt = { messages, bytes };
    this.#bufferMessages = onOverflow === 'unbounded' ? Number.POSITIVE_INFINITY : messages;
    this.#bufferBytes = onOverflow === 'unbounded' ? Number.POSITIVE_INFINITY : bytes;
    this.#statistics = statistics;
    this.#share = share;
  }

  get inFlight(): number {
    return this.#inFlight;
  }
  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }
  get buffered(): number {
    return this.#buffered;
  }
  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /** Whether so many messages, or bytes, are such a part of what may be in flight. */
  isPart(part: number, messages: number, bytes: number): boolean {
    return messages >= this.#messages * part || bytes >= this.#bytes * part;
  }

  /** Whether so many messages, or bytes, are such a part of what all flows of the producer may have in flight. */
  isPartOfLimit(part: number, messages: number, bytes: number): boolean {
    return this.#share !== undefined && this.#share.isPartOfLimit(part, messages, bytes);
  }

  /** Messages in flight at most, now. */
  get capacity(): number {
    return this.#messages;
  }

  /** Whether answers change how much may be in flight. */
  get isAdaptive(): boolean {
    return this.#adaptive !== undefined;
  }

  /**
   * A broker answered an attempt, `latencyMs` after it began. What is in flight beyond a smaller limit stays so. `stuck`
   * messages are at brokers that do not respond: how much is in flight there says nothing about those that do.
   */
  answered(latencyMs: number, isBusy: boolean, now: number, stuck: number): void {
    if (this.#adaptive === undefined) return;
    this.#adaptive.answered(latencyMs, this.#inFlight - stuck, isBusy, now);
    this.#messages = Math.min(this.#adaptive.limit + stuck, MAX_LIMIT);
  }

  /**
   * Nothing waits for a slot, and there is room for another message, as far as can be said without knowing its size. What
   * waits behind another message of its key closes it only when the buffer is full: one busy key must not hold up others.
   */
  get isOpen(): boolean {
    return (
      this.#buffered === this.#behind &&
      (this.#behind === 0 || !this.#isFullOfBehind) &&
      this.#inFlight + this.#untaken < this.#messages &&
      this.#inFlightBytes + this.#untakenBytes < this.#bytes &&
      (this.#share === undefined || this.#share.isOpen)
    );
  }

  /**
   * Takes a slot: at most `window` messages and `windowBytes` bytes are in flight, but one message larger than
   * `windowBytes` may go alone. Producers have a limit over all their flows too. `isOverdue`: outcomes that are not
   * taken yet do not count.
   */
  tryTakeSlot(bytes: number, isOverdue = false): boolean {
    if (!(isOverdue ? this.#fitsBesideKept(bytes) : this.hasPlaceFor(bytes))) return false;
    if (this.#share !== undefined && !this.#share.tryTake(bytes)) return false;
    this.#inFlight++;
    this.#inFlightBytes += bytes;
    this.#statistics.inFlight++;
    this.#statistics.inFlightBytes += bytes;
    this.onChange?.();
    return true;
  }

  giveSlotBack(bytes: number): void {
    this.#inFlight--;
    this.#inFlightBytes -= bytes;
    this.#statistics.inFlight--;
    this.#statistics.inFlightBytes -= bytes;
    this.#share?.giveBack(bytes);
    this.onChange?.();
  }

  /**
   * An outcome that the subscriber has not taken holds its place, where outcomes are kept for it. Those of messages that
   * were ended while they waited may be more than there are places.
   */
  keepOutcome(bytes: number): void {
    this.#untaken++;
    this.#untakenBytes += bytes;
  }

  outcomeTaken(bytes: number): void {
    this.#untaken--;
    this.#untakenBytes -= bytes;
    this.onChange?.();
  }

  /** Counts a message that waits for its slot; false when there is no room for it. */
  tryBuffer(bytes: number): boolean {
    // Each pull source may have read one message before the gate closed.
    const isForSource =
      this.#buffered - this.#behind < this.sources || this.#wasReadBefore(this.#buffered, this.#bufferedBytes, bytes);
    if (!isForSource && !this.#hasBufferFor(bytes)) return false;
    this.#addBuffered(bytes);
    return true;
  }

  /** Counts a message that waits behind another one of its key; false when there is no room for it. */
  tryBufferBehind(bytes: number): boolean {
    if (!this.#wasReadBefore(this.#behind, this.#behindBytes, bytes) && !this.#hasBufferFor(bytes)) return false;
    this.#behind++;
    this.#behindBytes += bytes;
    this.#addBuffered(bytes);
    return true;
  }

  /**
   * Counts a message that had a slot and waits without one, for the broker it is bound to; false when there is no room for
   * it. What the sources may have read meanwhile still finds room.
   */
  tryBufferAdmitted(bytes: number): boolean {
    if (this.#buffered + this.sources >= this.#bufferMessages || !this.#hasBufferFor(bytes)) return false;
    this.#behind++;
    this.#behindBytes += bytes;
    this.#addBuffered(bytes);
    return true;
  }

  /** It waits behind no other any more; it may wait for its slot now. */
  notBehind(bytes: number): void {
    this.#behind--;
    this.#behindBytes -= bytes;
  }

  /** Whether anything waits behind another one of its key. */
  get hasBehind(): boolean {
    return this.#behind > 0;
  }

  unbuffer(bytes: number): void {
    this.#buffered--;
    this.#bufferedBytes -= bytes;
    if (this.#buffered === 0) this.#largestBuffered = 0;
    this.onChange?.();
  }

  /** Nobody of this flow wants a slot now: the others of the producer may. */
  passTurnOn(): void {
    this.#share?.passOn();
  }

  /** A pull source waits: it is called when there is room, also where only the other flows of the producer stand in the way. */
  await(): void {
    if (this.#share !== undefined && !this.#share.isOpen) this.#share.wait();
  }

  /**
   * Whether it may be of a pull source, which began to read it when fewer waited than the buffer has room for: each has one
   * more then, wherever those that wait have moved to since.
   */
  #wasReadBefore(waiting: number, waitingBytes: number, bytes: number): boolean {
    this.#largestBuffered = Math.max(this.#largestBuffered, bytes);
    return (
      this.sources > 0 &&
      waiting < this.#bufferMessages + this.sources &&
      waitingBytes < this.#bufferBytes + this.sources * this.#largestBuffered
    );
  }

  #hasBufferFor(bytes: number): boolean {
    if (this.#buffered >= this.#bufferMessages) return false;
    return this.#buffered === 0 || this.#bufferedBytes + bytes <= this.#bufferBytes;
  }

  #addBuffered(bytes: number): void {
    this.#buffered++;
    this.#bufferedBytes += bytes;
    this.onChange?.();
  }

  get #isFullOfBehind(): boolean {
    return this.#behind >= this.#pausesAt.messages || this.#behindBytes >= this.#pausesAt.bytes;
  }

  #fitsBesideKept(bytes: number): boolean {
    if (this.#inFlight >= this.#messages) return false;
    return this.#inFlight === 0 || this.#inFlightBytes + bytes <= this.#bytes;
  }

  /** Whether a message, or the outcome of a refused one, fits beside all that is held. */
  hasPlaceFor(bytes: number): boolean {
    const held = this.#inFlight + this.#untaken;
    if (held >= this.#messages) return false;
    return held === 0 || this.#inFlightBytes + this.#untakenBytes + bytes <= this.#bytes;
  }
}
