/**
 * Lets some connections dial at a time, so that a route of thousands of brokers does not take all of a process's sockets
 * at once: what is sent to first, and of the rest only a few. Which connections there are is not decided here.
 */

/** A connection that has not been dialed yet. */
export interface Dialable {
  /** It is `closed` when nobody waits for it any more. */
  readonly state: 'dialing' | 'open' | 'closed';
  open(): void;
}

/** Dials under way. Those of the background leave room, because a server that swallows packets takes 3 s to give up. */
const LIMIT = 64;
const BACKGROUND_LIMIT = 16;

export class DialQueue {
  /** Value: whether it is of the background. */
  readonly #underWay = new Map<Dialable, boolean>();
  readonly #urgent = new Set<Dialable>();
  readonly #background = new Set<Dialable>();
  #isRunning = false;

  /** How many wait for their turn. */
  get size(): number {
    return this.#urgent.size + this.#background.size;
  }

  /** Dials it now, or in its turn. */
  add(connection: Dialable, isUrgent: boolean): void {
    (isUrgent ? this.#urgent : this.#background).add(connection);
    this.#run();
  }

  /** Something is sent on it: it is no longer of the background. */
  hurry(connection: Dialable): void {
    if (!this.#background.delete(connection)) return;
    this.#urgent.add(connection);
    this.#run();
  }

  /** It is open, or closed. */
  ended(connection: Dialable): void {
    this.#urgent.delete(connection);
    this.#background.delete(connection);
    if (this.#underWay.delete(connection)) this.#run();
  }

  /** Nothing is dialed any more. */
  clear(): void {
    this.#urgent.clear();
    this.#background.clear();
  }

  /** Iterative: a dial that fails at once is followed by the next one from here, not from within. */
  #run(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      if (next.state === 'dialing') next.open();
      if (next.state !== 'dialing') this.#underWay.delete(next);
    }
    this.#isRunning = false;
  }

  #take(): Dialable | undefined {
    if (this.#underWay.size >= LIMIT) return undefined;
    for (const next of this.#urgent) return this.#begin(next, this.#urgent, false);
    let inBackground = 0;
    for (const isBackground of this.#underWay.values()) if (isBackground) inBackground++;
    if (inBackground >= BACKGROUND_LIMIT) return undefined;
    for (const next of this.#background) return this.#begin(next, this.#background, true);
    return undefined;
  }

  #begin(next: Dialable, from: Set<Dialable>, isBackground: boolean): Dialable {
    from.delete(next);
    this.#underWay.set(next, isBackground);
    return next;
  }
}
