/**
 * The limit over all pipelines of one producer, shared fairly: what comes free goes round those that wait, one message
 * each. It holds no messages; each pipeline keeps its own until it is its turn.
 *
 *     turn ─► [ B | C | A ]     B takes one slot, and goes to the end if it wants more; a message that does not fit
 *                               yet keeps the turn, or the small ones of others would keep it waiting for ever
 */
import { RingQueue } from '../../collections/ring-queue.js';

const TURNS_AT_ONCE = 1024;

export class SharedLimit {
  readonly #messages: number;
  readonly #bytes: number;
  readonly #waiting = new RingQueue<Share>();
  #inFlight = 0;
  #inFlightBytes = 0;
  #turn: Share | undefined;
  #isDistributing = false;

  /** What is not given is not limited. */
  constructor(limits: { readonly messages: number | undefined; readonly bytes: number | undefined }) {
    this.#messages = limits.messages ?? Number.POSITIVE_INFINITY;
    this.#bytes = limits.bytes ?? Number.POSITIVE_INFINITY;
  }

  /** A pipeline's part; `resume` is called when it is its turn. */
  join(resume: () => void): Share {
    return new Share(this, resume);
  }

  /** Gives what is free to those that wait. Iterative: a re-entrant call is absorbed by the running one. */
  distribute(): void {
    if (this.#isDistributing) return;
    this.#isDistributing = true;
    try {
      for (let turns = 0; this.hasRoom(1); turns++) {
        const next = this.#waiting.peek();
        if (next === undefined) break;
        if (turns >= TURNS_AT_ONCE) {
          // Messages that settle at once would keep timers and sockets waiting.
          setImmediate(() => this.distribute());
          break;
        }
        this.#turn = next;
        next.isQueued = false;
        next.resume();
        this.#turn = undefined;
        if (next.isQueued && !next.hasTaken) break;
        this.#waiting.shift();
        if (next.isQueued) this.#waiting.push(next);
      }
    } finally {
      this.#turn = undefined;
      this.#isDistributing = false;
    }
  }

  /** @internal Whether so many bytes more may be in flight. */
  hasRoom(bytes: number): boolean {
    if (this.#inFlight >= this.#messages) return false;
    return this.#inFlight === 0 || this.#inFlightBytes + bytes <= this.#bytes;
  }

  /** @internal Whether so many messages, or bytes, are such a part of the limit. */
  isPart(part: number, messages: number, bytes: number): boolean {
    return messages >= this.#messages * part || bytes >= this.#bytes * part;
  }

  /** @internal Whether it is `share`'s turn: nobody else waits, or it was called. A turn is one message. */
  isTurnOf(share: Share): boolean {
    return this.#turn === undefined ? this.#waiting.length === 0 : this.#turn === share && !share.hasTaken;
  }

  /** @internal */
  take(bytes: number): void {
    this.#inFlight++;
    this.#inFlightBytes += bytes;
  }

  /** @internal */
  giveBack(bytes: number): void {
    this.#inFlight--;
    this.#inFlightBytes -= bytes;
  }

  /** @internal */
  queue(share: Share): void {
    if (share.isQueued) return;
    share.isQueued = true;
    if (this.#turn !== share) this.#waiting.push(share);
  }
}

/** One pipeline's part of a `SharedLimit`. It may always have one message in flight, however many pipelines there are. */
export class Share {
  readonly #limit: SharedLimit;
  readonly #resume: () => void;
  /** @internal Waits for its turn. */
  isQueued = false;
  /** @internal Has had its message of this turn. */
  hasTaken = false;
  inFlight = 0;

  constructor(limit: SharedLimit, resume: () => void) {
    this.#limit = limit;
    this.#resume = resume;
  }

  /** Whether a message could be taken now, as far as its size lets one say. */
  get isOpen(): boolean {
    return this.inFlight === 0 || (this.#limit.isTurnOf(this) && this.#limit.hasRoom(1));
  }

  /** False: no room, or not its turn; it is called when it is. */
  tryTake(bytes: number): boolean {
    if (this.inFlight > 0 && !(this.#limit.isTurnOf(this) && this.#limit.hasRoom(bytes))) {
      this.#limit.queue(this);
      return false;
    }
    this.inFlight++;
    this.hasTaken = true;
    this.#limit.take(bytes);
    return true;
  }

  giveBack(bytes: number): void {
    this.inFlight--;
    this.#limit.giveBack(bytes);
  }

  /** Whether so many messages, or bytes, are such a part of what all pipelines may hold. */
  isPartOfLimit(part: number, messages: number, bytes: number): boolean {
    return this.#limit.isPart(part, messages, bytes);
  }

  /** Wants to be called when it is its turn. */
  wait(): void {
    this.#limit.queue(this);
  }

  /** Lets the others have what is free. */
  passOn(): void {
    this.#limit.distribute();
  }

  /** @internal */
  resume(): void {
    this.hasTaken = false;
    this.#resume();
  }
}
