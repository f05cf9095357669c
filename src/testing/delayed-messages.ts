/**
 * The messages of one broker that are not due yet, and what delivers them when they are. Which messages those are is
 * not decided here. A broker that is down delivers nothing, and what became due meanwhile when it is up again.
 */
import type { NewMessage } from './message-store.js';

/** A message that waits. */
export interface DelayedMessage {
  /** Ms since 1970. */
  readonly dueAt: number;
  /** Of timers; levels cannot be recalled. */
  readonly recall: { readonly topic: string; readonly uniqueKey: string } | undefined;
  /** As it is stored when it is delivered, at `now`. */
  readonly toStore: (now: number) => NewMessage;
}

/** Beyond this Node's timers fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class DelayedMessages {
  readonly #deliver: (message: NewMessage) => void;
  /** By time; of equal times in the order they came. */
  readonly #waiting: DelayedMessage[] = [];
  #isUp = false;
  #timer: NodeJS.Timeout | undefined;

  /** `deliver` is called for each message when it is due, never before. */
  constructor(deliver: (message: NewMessage) => void) {
    this.#deliver = deliver;
  }

  /** How many are not delivered yet. */
  get size(): number {
    return this.#waiting.length;
  }

  add(delayed: DelayedMessage): void {
    const at = this.#waiting.findLastIndex((other) => other.dueAt <= delayed.dueAt) + 1;
    this.#waiting.splice(at, 0, delayed);
    this.#schedule();
  }

  /** Takes back what waits under this key. Like a real broker it does not say whether there was anything. */
  recall(topic: string, uniqueKey: string): void {
    const at = this.#waiting.findIndex(({ recall }) => recall?.topic === topic && recall.uniqueKey === uniqueKey);
    if (at !== -1) this.#waiting.splice(at, 1);
  }

  /** The broker is up: what is due is delivered. */
  resume(): void {
    this.#isUp = true;
    this.#schedule();
  }

  /** The broker is down: what waits is kept, and no timer is left. */
  pause(): void {
    this.#isUp = false;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const [next] = this.#waiting;
    if (!this.#isUp || next === undefined) return;
    const delayMs = Math.min(Math.max(next.dueAt - Date.now(), 0), LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => this.#deliverDue(), delayMs);
  }

  #deliverDue(): void {
    // Timers may fire a little early, and nothing may be delivered early.
    const now = Date.now();
    for (let next = this.#waiting[0]; next !== undefined && next.dueAt <= now; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#deliver(next.toStore(now));
    }
    this.#schedule();
  }
}
