/**
 * Remembers from which message on a key must not go on, in bounded memory. When there are too many to remember, every key
 * counts as one of them: to forget one would send its messages past a missing one.
 */

const MAX_KEYS = 10_000;
const MAX_CHARACTERS = 1_048_576;

/** A message that failed: what comes after it in its key is halted. */
export interface Halt {
  readonly msgId: string;
  /** Its place in the order of its flow. */
  readonly sequence: number;
}

export class HaltedKeys {
  readonly #byKey = new Map<string, Halt>();
  #characters = 0;
  #beyond: Halt | undefined;

  get isEmpty(): boolean {
    return this.#byKey.size === 0 && this.#beyond === undefined;
  }

  /** Whether there were more than can be remembered, so that `haltOf` answers for every key. */
  get isBeyond(): boolean {
    return this.#beyond !== undefined;
  }

  /** `failed` is the message of `key` that must not be passed; of several, the first in the order of the flow. */
  add(key: string, { msgId, sequence }: Halt): void {
    const known = this.#byKey.get(key);
    const first = known === undefined || sequence < known.sequence ? { msgId, sequence } : known;
    if (known !== undefined) {
      this.#byKey.set(key, first);
    } else if (this.#byKey.size < MAX_KEYS && this.#characters + key.length <= MAX_CHARACTERS) {
      this.#byKey.set(key, first);
      this.#characters += key.length;
    } else if (this.#beyond === undefined || sequence < this.#beyond.sequence) {
      this.#beyond = first;
    }
  }

  /** The failed message that the one with `sequence` of `key` would pass. */
  haltOf(key: string, sequence: number): Halt | undefined {
    const halt = this.#byKey.get(key) ?? this.#beyond;
    return halt !== undefined && halt.sequence < sequence ? halt : undefined;
  }
}
