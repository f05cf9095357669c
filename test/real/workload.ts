/**
 * Messages for long runs: many sizes, all the fields, the same again from the same seed. Bodies are cut from two pools,
 * one that compresses and one that does not, and begin with the message's id, so no two are alike.
 */
import type { Message } from '../../src/index.js';

export interface WorkloadOptions {
  /** In every id: nothing of another run is taken for this one's. */
  readonly runId: string;
  readonly topics: readonly string[];
  readonly seed: number;
  /** Sizes are spread evenly over the orders of magnitude between these two, both included. */
  readonly minBytes: number;
  readonly maxBytes: number;
  /** Messages have so many keys, one after the other. None, where it is 0 or absent. */
  readonly keys?: number;
}

/** Both pools are longer than any body. */
const POOL_BYTES = 1 << 20;
const TEXT = '{"city":"Zürich","temperature":21.5,"humidity":0.43,"sensor":"北-17","valid":true},';

/** An endless supply; `next` makes one message, which costs a copy of its body and nothing else that grows with it. */
export class Workload {
  readonly #options: WorkloadOptions;
  readonly #random: () => number;
  readonly #noise: Buffer;
  readonly #text: Buffer;
  #made = 0;

  constructor(options: WorkloadOptions) {
    this.#options = options;
    this.#random = mulberry32(options.seed);
    this.#noise = Buffer.alloc(POOL_BYTES);
    for (let at = 0; at < POOL_BYTES; at += 4) this.#noise.writeUInt32LE(Math.floor(this.#random() * 2 ** 32), at);
    this.#text = Buffer.alloc(POOL_BYTES, TEXT);
  }

  next(): Message {
    const { runId, topics, keys = 0 } = this.#options;
    const number = this.#made++;
    const id = `${runId}-${number}`;
    const topic = topics[number % topics.length];
    if (topic === undefined) throw new Error('a workload needs a topic');
    return {
      topic,
      body: this.#body(id),
      keys: id,
      ...(keys > 0 ? { shardingKey: `key ${number % keys}` } : {}),
      ...(number % 2 === 0 ? { tag: `tag${number % 7}` } : {}),
      ...(number % 5 === 0 ? { flag: Math.floor(this.#random() * 2 ** 32) - 2 ** 31 } : {}),
      properties: number % 3 === 0 ? { number: String(number), 'größe-消息': `🚀 ${id}` } : { number: String(number) },
    };
  }

  #body(id: string): Buffer {
    const { minBytes, maxBytes } = this.#options;
    const size = Math.round(minBytes * (maxBytes / minBytes) ** this.#random());
    const pool = this.#random() < 0.25 ? this.#noise : this.#text;
    const from = Math.floor(this.#random() * (POOL_BYTES - size));
    const body = Buffer.allocUnsafeSlow(size);
    pool.copy(body, 0, from, from + size);
    body.write(id, 'latin1');
    return body;
  }
}

/** A small generator of numbers in [0, 1) that a seed repeats; Math.random cannot be seeded. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
