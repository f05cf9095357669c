/**
 * The messages of a case: a tag, a key and one property, and a body that is made once. The context of every 16th is when
 * it was read, by which its latency is known.
 */
import type { Message } from 'rx-rocketmq';
import type { Case } from '../cases/case.js';

/** Its context is a time of `performance.now()`, or 0 where its latency is not measured. */
export type BenchMessage = Message<number>;

const MESSAGES_PER_SAMPLE = 16;

export class MessageSource implements Iterable<BenchMessage> {
  /** How many there are: those that warm up, those that are measured, and a window behind them. */
  readonly total: number;
  readonly body: Buffer;
  readonly #topics: readonly string[];
  readonly #keys: readonly string[] | undefined;

  constructor({ warmUp, messages, window, bodyBytes, topics, keys }: Case) {
    // While the last ones that are measured end, as many are in flight as when the first ones began.
    this.total = warmUp + messages + window;
    this.body = bodyOf(bodyBytes);
    this.#topics = Array.from({ length: topics }, (_, n) => (n === 0 ? 'bench' : `bench-${n}`));
    if (keys !== undefined) this.#keys = Array.from({ length: keys }, (_, n) => `customer-${n}`);
  }

  *[Symbol.iterator](): Generator<BenchMessage> {
    const { body } = this;
    const topics = this.#topics;
    const keys = this.#keys;
    for (let n = 0; n < this.total; n++) {
      const topic = topics[n % topics.length] ?? '';
      const context = n % MESSAGES_PER_SAMPLE === 0 ? performance.now() : 0;
      const message = { topic, body, tag: 'tag', keys: 'key', properties: { city: 'Basel' }, context };
      yield keys === undefined ? message : { ...message, shardingKey: keys[n % keys.length] ?? '' };
    }
  }
}

/** Lines of JSON, of which codecs make about a third. */
function bodyOf(bytes: number): Buffer {
  let lines = '';
  for (let n = 1; lines.length < bytes; n++) {
    lines += `${JSON.stringify({ id: (n * 7919) % 100_003, customer: `customer-${(n * 31) % 997}`, cents: (n * 104_729) % 99_991 })}\n`;
  }
  return Buffer.from(lines.slice(0, bytes));
}
