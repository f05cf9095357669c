/**
 * A queue that gives the least first, whatever the order in which items came; both ways cost the logarithm of its
 * length. Equal items come in no certain order.
 */

/** `undefined` stands for "empty", so it cannot be an item. */
export class HeapQueue<T> {
  readonly #isLess: (a: T, b: T) => boolean;
  /** Each item is not less than that at half its place. */
  #items: T[] = [];

  constructor(isLess: (a: T, b: T) => boolean) {
    this.#isLess = isLess;
  }

  get length(): number {
    return this.#items.length;
  }

  /** Adds `item`. */
  push(item: T): void {
    const items = this.#items;
    let at = items.length;
    for (;;) {
      const parent = (at - 1) >> 1;
      const above = items[parent];
      if (above === undefined || !this.#isLess(item, above)) break;
      items[at] = above;
      at = parent;
    }
    items[at] = item;
  }

  /** Removes and returns the least; undefined when empty. */
  shift(): T | undefined {
    const items = this.#items;
    const least = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return least;
    let at = 0;
    for (;;) {
      const child = this.#lesserChild(at);
      const below = items[child];
      if (below === undefined || !this.#isLess(below, last)) break;
      items[at] = below;
      at = child;
    }
    items[at] = last;
    return least;
  }

  /** The least, which stays; undefined when empty. */
  peek(): T | undefined {
    return this.#items[0];
  }

  /** Forgets everything. */
  clear(): void {
    this.#items = [];
  }

  /** In no certain order. Do not push or shift meanwhile. */
  [Symbol.iterator](): Iterator<T> {
    return this.#items[Symbol.iterator]();
  }

  #lesserChild(parent: number): number {
    const child = 2 * parent + 1;
    const [one, other] = [this.#items[child], this.#items[child + 1]];
    return one !== undefined && other !== undefined && this.#isLess(other, one) ? child + 1 : child;
  }
}
