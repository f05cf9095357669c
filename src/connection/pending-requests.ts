/**
 * Who waits for which answer on one connection. It numbers the requests, because that makes finding an answer's request
 * one look into an array:
 *
 *     slot = opaque mod 8     0     1     2     3     4     5     6     7
 *                           [ 16  |  17 |     |  11 |     |     |     |  15 ]
 *
 * 18 is next. 19 will be skipped as long as 11, which is slow, has that slot; so a number that is in use is never given
 * out again, not even after 2^31 requests. Half full, it moves into twice the slots.
 */
import { isLaterOpaque, opaqueAfter } from './opaque.js';

const INITIAL_SLOTS = 64;

/** A request that was taken out, with its number. */
export interface TakenRequest<E> {
  readonly opaque: number;
  readonly exchange: E;
}

export class PendingRequests<E extends { readonly deadlineAt: number }> {
  #exchanges: (E | undefined)[] = new Array<E | undefined>(INITIAL_SLOTS).fill(undefined);
  #opaques = new Int32Array(INITIAL_SLOTS);
  #mask = INITIAL_SLOTS - 1;
  #size = 0;
  readonly #first: number;
  #next: number;
  #hasWrapped = false;

  /** `first` is the first number given out. */
  constructor(first = 0) {
    this.#first = first;
    this.#next = first;
  }

  get size(): number {
    return this.#size;
  }

  /** A number that nobody waits for; good for one `add`, or for a request that nobody answers. */
  nextOpaque(): number {
    if (this.#size > this.#mask >> 1) this.#grow();
    let opaque = this.#next;
    while (this.#exchanges[opaque & this.#mask] !== undefined) opaque = opaqueAfter(opaque);
    const next = opaqueAfter(opaque);
    if (next < this.#next) this.#hasWrapped = true;
    this.#next = next;
    return opaque;
  }

  /** `exchange` waits for the answer with this number, which `nextOpaque` gave just now. */
  add(opaque: number, exchange: E): void {
    const slot = opaque & this.#mask;
    this.#exchanges[slot] = exchange;
    this.#opaques[slot] = opaque;
    this.#size++;
  }

  /** Removes and returns who waits for this answer; undefined when nobody does, or no longer. */
  take(opaque: number): E | undefined {
    const slot = opaque & this.#mask;
    const exchange = this.#exchanges[slot];
    if (exchange === undefined || this.#opaques[slot] !== opaque) return undefined;
    this.#exchanges[slot] = undefined;
    this.#size--;
    return exchange;
  }

  /** Whether this number was ever given out: an answer to it is late or doubled; one to any other is not ours. */
  wasGivenOut(opaque: number): boolean {
    return opaque >= 0 && (this.#hasWrapped || (opaque >= this.#first && opaque < this.#next));
  }

  /** Removes and returns what was due at `now`, oldest first. */
  takeOverdue(now: number): readonly TakenRequest<E>[] {
    return this.#takeWhere((exchange) => exchange.deadlineAt <= now);
  }

  /** Removes and returns everything, oldest first. */
  takeAll(): readonly TakenRequest<E>[] {
    return this.#takeWhere(() => true);
  }

  #takeWhere(isWanted: (exchange: E) => boolean): readonly TakenRequest<E>[] {
    if (this.#size === 0) return [];
    const taken: TakenRequest<E>[] = [];
    for (let slot = 0; slot <= this.#mask; slot++) {
      const exchange = this.#exchanges[slot];
      if (exchange !== undefined && isWanted(exchange)) taken.push({ opaque: this.#opaques[slot] ?? 0, exchange });
    }
    for (const { opaque } of taken) this.take(opaque);
    return taken.sort((a, b) => (isLaterOpaque(a.opaque, b.opaque) ? 1 : -1));
  }

  #grow(): void {
    const exchanges = this.#exchanges;
    const opaques = this.#opaques;
    const slots = exchanges.length * 2;
    this.#exchanges = new Array<E | undefined>(slots).fill(undefined);
    this.#opaques = new Int32Array(slots);
    this.#mask = slots - 1;
    this.#size = 0;
    for (const [slot, exchange] of exchanges.entries()) {
      if (exchange !== undefined) this.add(opaques[slot] ?? 0, exchange);
    }
  }
}
