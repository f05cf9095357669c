/**
 * A first-in first-out queue whose `shift` costs the same at any length (an array's grows with it). It has no bound:
 * how much may wait is its user's matter.
 *
 *     slots   [ d | e |   |   | a | b | c ]      a power of two, so that a mask does for "modulo"
 *                       ^       ^
 *                 next goes     oldest (head)
 *                     here
 *
 * When all slots are taken it moves into twice as many, oldest first.
 */

const INITIAL_SLOTS = 16;

/** `undefined` stands for "empty", so it cannot be an item. */
export class RingQueue<T> {
  #slots: (T | undefined)[] = emptySlots(INITIAL_SLOTS);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Adds `item` as the newest. */
  push(item: T): void {
    if (this.#length === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.#length) & (this.#slots.length - 1)] = item;
    this.#length++;
  }

  /** Removes and returns the oldest; undefined when empty. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#slots[this.#head];
    // Or the queue would keep alive what it no longer holds.
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#slots.length - 1);
    this.#length--;
    return item;
  }

  /** The oldest, which stays; undefined when empty. */
  peek(): T | undefined {
    return this.#slots[this.#head];
  }

  /** Forgets everything, and gives back what the queue had grown to. */
  clear(): void {
    this.#slots = emptySlots(INITIAL_SLOTS);
    this.#head = 0;
    this.#length = 0;
  }

  /** Oldest first. Do not push or shift meanwhile. */
  *[Symbol.iterator](): Generator<T, void> {
    for (let index = 0; index < this.#length; index++) {
      const item = this.#slots[(this.#head + index) & (this.#slots.length - 1)];
      if (item !== undefined) yield item;
    }
  }

  #grow(): void {
    const slots = emptySlots<T>(this.#slots.length * 2);
    let index = 0;
    for (const item of this) slots[index++] = item;
    this.#slots = slots;
    this.#head = 0;
  }
}

function emptySlots<T>(count: number): (T | undefined)[] {
  return new Array<T | undefined>(count).fill(undefined);
}
