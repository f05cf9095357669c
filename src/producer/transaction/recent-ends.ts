/**
 * Remembers the transactions that ended lately, so that a check of one of them is answered without a second copy.
 *
 * Brokers of 5.x write down for up to 3 s together which half messages have ended (`transactionOpBatchInterval`), and a
 * broker that is killed or shut down meanwhile never does. A check within that time stores the half message anew and asks
 * about the new copy: **committing it stores the message twice**, rolling it back leaves the one there is (seen with 5.5.0;
 * 4.9.7 writes it down at once). Only an end that the broker has confirmed counts: without that the new copy may be the
 * only one there is.
 *
 *     begin ──► under way ──broker confirms──► confirmed ──time, count or bytes──► forgotten
 *                   └──anything else──► forgotten
 */
import type { Clock } from '../../time/clock.js';

/**
 * A broker asks 15 times at most (`transactionCheckMax`), every 30 s (`transactionCheckInterval`); the rest is for its
 * restart.
 */
const KEPT_MS = 10 * 60_000;
/** What comes from a broker can be long; ids of our own take less than a tenth of it. */
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_COUNT = 20_000;
/** Of an entry beside its texts, roughly. */
const ENTRY_BYTES = 200;

/** Where a transaction was ended. */
export interface EndPlace {
  /** 4.x brokers do not tell it. */
  readonly brokerName: string | undefined;
  readonly address: string;
}

/** The end of one transaction. */
export class RecentEnd {
  readonly place: EndPlace;
  readonly bytes: number;
  since: number;
  isConfirmed = false;
  /** The last check of each broker that came while the end was under way. */
  #waiting: Map<string, () => void> | undefined;

  constructor(msgId: string, place: EndPlace, since: number) {
    this.place = place;
    this.since = since;
    this.bytes = ENTRY_BYTES + 2 * (msgId.length + place.address.length);
  }

  /** Calls `proceed` when the end is no longer under way; the last one given for an address counts. */
  whenDecided(address: string, proceed: () => void): void {
    this.#waiting ??= new Map();
    this.#waiting.set(address, proceed);
  }

  decided(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    for (const proceed of waiting?.values() ?? []) proceed();
  }
}

/** Those of one producer, by the unique key of their messages. */
export class RecentEnds {
  readonly #clock: Clock;
  /** The oldest first. */
  readonly #ends = new Map<string, RecentEnd>();
  #bytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#ends.size;
  }

  /** A broker is being told how a transaction ends. Returns what is called once, with what came of it. */
  begin(msgId: string, place: EndPlace): (isConfirmed: boolean) => void {
    this.#forget(msgId);
    const end = new RecentEnd(msgId, place, this.#clock.tickNow());
    this.#ends.set(msgId, end);
    this.#bytes += end.bytes;
    this.#prune();
    return (isConfirmed) => {
      if (this.#ends.get(msgId) === end) {
        if (isConfirmed) {
          end.isConfirmed = true;
          this.#refresh(msgId, end);
        } else this.#forget(msgId);
      }
      end.decided();
    };
  }

  /** The end of the transaction, where it is remembered; from now on for another `KEPT_MS`, because brokers ask again. */
  find(msgId: string): RecentEnd | undefined {
    const end = this.#ends.get(msgId);
    if (end === undefined) return undefined;
    if (this.#clock.tickNow() - end.since > KEPT_MS) {
      this.#forget(msgId);
      end.decided();
      return undefined;
    }
    this.#refresh(msgId, end);
    return end;
  }

  clear(): void {
    this.#ends.clear();
    this.#bytes = 0;
  }

  #refresh(msgId: string, end: RecentEnd): void {
    end.since = this.#clock.tickNow();
    this.#ends.delete(msgId);
    this.#ends.set(msgId, end);
  }

  #forget(msgId: string): void {
    const end = this.#ends.get(msgId);
    if (end === undefined) return;
    this.#ends.delete(msgId);
    this.#bytes -= end.bytes;
  }

  #prune(): void {
    const oldest = this.#clock.tickNow() - KEPT_MS;
    for (const [msgId, end] of this.#ends) {
      if (end.since >= oldest && this.#ends.size <= MAX_COUNT && this.#bytes <= MAX_BYTES) return;
      this.#forget(msgId);
      end.decided();
    }
  }
}
