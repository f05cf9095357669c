/** What the end-to-end tests of the contract keep about one producer: most that was ever held, and every outcome. */
import { createProducer } from '../../src/create-producer.js';
import type { ProducerConfig } from '../../src/producer/config.js';
import type { Message } from '../../src/producer/message/message.js';
import type { SendFailure, SendOutcome } from '../../src/producer/message/outcome.js';
import { coreOf, type Producer } from '../../src/producer/producer.js';

export class Account {
  readonly producer: Producer;
  /** At any change, not only at those that a test can see. */
  readonly most = { inFlight: 0, inFlightBytes: 0, buffered: 0 };
  readonly outcomes: SendOutcome<number>[] = [];
  readonly dead: SendFailure<number>[] = [];
  /** Rows read from `rows`, and the most that were read and not settled yet. */
  read = 0;
  mostAhead = 0;
  /** Generators that were left or had ended. */
  left = 0;

  constructor(config: ProducerConfig) {
    this.producer = createProducer(config);
    const { statistics } = coreOf(this.producer);
    for (const name of ['inFlight', 'inFlightBytes', 'buffered'] as const) {
      let value = 0;
      Object.defineProperty(statistics, name, {
        get: () => value,
        set: (changed: number) => {
          value = changed;
          this.most[name] = Math.max(this.most[name], changed);
        },
      });
    }
  }

  get settled(): number {
    const { sent, failed } = this.producer.metrics();
    return sent + failed;
  }

  /** `next` of a subscriber. */
  readonly take = (outcome: SendOutcome<number>): void => {
    this.outcomes.push(outcome);
  };

  readonly deadLetter = { next: (failure: SendFailure<number>): void => void this.dead.push(failure) };

  /** So many messages, numbered on over all calls. */
  *rows(count: number, make: (n: number) => Message<number> = row): Generator<Message<number>> {
    try {
      for (let n = 0; n < count; n++) {
        this.mostAhead = Math.max(this.mostAhead, this.read + 1 - this.settled);
        yield make(this.read++);
      }
    } finally {
      this.left++;
    }
  }

  /** As `rows`, each a few microtasks after it was asked for. */
  async *rowsInTurns(count: number): AsyncGenerator<Message<number>> {
    for (const one of this.rows(count)) yield await Promise.resolve(one);
  }
}

/** The law: offered = receipts + failures, one outcome each, nothing left over. */
export async function expectBalance(account: Account, offered: number, { isEmitted = true } = {}): Promise<void> {
  await account.producer.flush();
  const { inFlight, inFlightBytes, buffered, lanes, sent, failed, ...counted } = account.producer.metrics();
  expect([inFlight, inFlightBytes, buffered, lanes]).toEqual([0, 0, 0, 0]);
  expect([counted.offered, sent + failed]).toEqual([offered, offered]);
  const contexts = account.outcomes.map(({ context }) => context);
  expect(new Set(contexts).size).toBe(contexts.length);
  expect(contexts.length).toBeLessThanOrEqual(offered);
  if (isEmitted) expect(contexts).toHaveLength(offered);
}

export const row = (n: number): Message<number> => ({ topic: 'orders', body: `row ${n}`, context: n });

/** How a stream ends: with `'complete'` or its error. */
export function ending(
  outcomes$: { subscribe(observer: object): unknown },
  take: (outcome: SendOutcome<number>) => void,
): Promise<unknown> {
  return new Promise((resolve) => {
    outcomes$.subscribe({ next: take, error: resolve, complete: () => resolve('complete') });
  });
}
