/**
 * The messages of one flow that have no outcome yet, in the order in which they came: a list through the envelopes
 * themselves, so that each costs nothing but its two links. What becomes of them is `Flow`'s.
 *
 *                  ──newer──►   ──newer──►
 *     oldest ──► A              B             C ◄── newest
 *                  ◄──older──   ◄──older──
 */
import type { Envelope } from '../message/envelope.js';

export class UnsettledList {
  #oldest: Envelope | undefined;
  #newest: Envelope | undefined;

  get isEmpty(): boolean {
    return this.#oldest === undefined;
  }

  get oldest(): Envelope | undefined {
    return this.#oldest;
  }

  /** Of all that wait, for a slot or in a lane, the one that came first. Looks past all that are in flight. */
  get oldestBuffered(): Envelope | undefined {
    let at = this.#oldest;
    while (at !== undefined && !at.isBuffered) at = at.newer;
    return at;
  }

  add(envelope: Envelope): void {
    if (this.#newest === undefined) {
      this.#oldest = envelope;
    } else {
      envelope.older = this.#newest;
      this.#newest.newer = envelope;
    }
    this.#newest = envelope;
  }

  remove(envelope: Envelope): void {
    const { older, newer } = envelope;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    envelope.older = undefined;
    envelope.newer = undefined;
  }

  /** A copy: those that `isWanted`, the oldest first. */
  where(isWanted: (envelope: Envelope) => boolean): readonly Envelope[] {
    const found: Envelope[] = [];
    for (let at = this.#oldest; at !== undefined; at = at.newer) if (isWanted(at)) found.push(at);
    return found;
  }

  /** Of now, as long as they have no outcome: to settle one may settle or add others. */
  *[Symbol.iterator](): Generator<Envelope, void> {
    for (const envelope of this.where(() => true)) if (envelope.outcome === undefined) yield envelope;
  }
}
