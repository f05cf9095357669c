/**
 * A stream of messages through the library into a cluster, with its books and its clock: what the long suites have in
 * common. It judges nothing.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createProducer, fromPull, type Producer, type ProducerConfig, toRocketMQ } from '../../src/index.js';
import { Ledger } from './ledger.js';
import type { Workload } from './workload.js';

export interface LoadOptions {
  readonly config: ProducerConfig;
  readonly workload: Workload;
  readonly window: number;
  /** Where the stream ends by itself. */
  readonly count: number;
}

/** An attempt that another one followed. */
export interface RetriedAttempt {
  readonly brokerName: string;
  readonly code: string;
}

const UNTIL_LIMIT_MS = 60_000;

/**
 * Runs a stream to its end, while `disturb` does to it what the test is about. Whatever happens, nothing of it is left
 * running.
 */
export async function runLoad(
  options: LoadOptions,
  disturb: (load: Load) => Promise<void> = async () => undefined,
): Promise<Load> {
  const load = new Load(options);
  try {
    await disturb(load);
    await load.finished;
  } finally {
    load.end();
    await load.producer.shutdown();
  }
  return load;
}

export class Load {
  readonly ledger = new Ledger();
  readonly producer: Producer;
  readonly retried: RetriedAttempt[] = [];
  /** Resolves when every message has its outcome; rejects when the stream fails. */
  readonly finished: Promise<void>;
  readonly #options: LoadOptions;
  readonly #acknowledgedBy = new Map<string, number>();
  #pauseMs = 0;
  #isEnding = false;
  #lastAcknowledgedAt = performance.now();
  #longestGapMs = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.producer = createProducer({ logger: false, ...options.config });
    this.producer.events$.subscribe((event) => {
      if (event.type !== 'retry') return;
      this.retried.push({ brokerName: event.brokerName, code: event.error.code });
      this.ledger.attemptFailed(event.msgId, event.error.stored);
    });
    this.finished = new Promise<void>((resolve, reject) => {
      fromPull(this.#messages())
        .pipe(toRocketMQ(this.producer, { window: options.window, onFailure: 'result' }))
        .subscribe({
          next: (outcome) => {
            this.ledger.settle(outcome);
            if (outcome.ok) this.#acknowledged(outcome.queue.brokerName);
          },
          error: reject,
          complete: resolve,
        });
    });
  }

  acknowledgedBy(brokerName: string): number {
    return this.#acknowledgedBy.get(brokerName) ?? 0;
  }

  /** Between two acknowledgements, or the last one and now, since `startGaps`. */
  get longestGapMs(): number {
    return Math.max(this.#longestGapMs, performance.now() - this.#lastAcknowledgedAt);
  }

  startGaps(): void {
    this.#longestGapMs = 0;
    this.#lastAcknowledgedAt = performance.now();
  }

  /** From now on one message each so many milliseconds; 0 is as fast as the window allows. */
  slowDown(pauseMs: number): void {
    this.#pauseMs = pauseMs;
  }

  /** Takes no more messages; `finished` follows when those in flight have their outcome. */
  end(): void {
    this.#isEnding = true;
  }

  /** Resolves when the condition holds; rejects after a minute, or when the stream ends before. */
  async until(what: string, holds: () => boolean): Promise<void> {
    let ended = false;
    const over = (): void => {
      ended = true;
    };
    this.finished.then(over, over);
    const deadline = performance.now() + UNTIL_LIMIT_MS;
    while (!holds()) {
      if (ended) throw new Error(`the stream ended before: ${what}`);
      if (performance.now() > deadline) throw new Error(`waited ${UNTIL_LIMIT_MS} ms in vain for: ${what}`);
      await delay(5);
    }
  }

  async *#messages(): AsyncGenerator<ReturnType<Workload['next']>> {
    while (!this.#isEnding && this.ledger.offered < this.#options.count) {
      if (this.#pauseMs > 0) await delay(this.#pauseMs);
      const message = this.#options.workload.next();
      this.ledger.offer(message);
      yield message;
    }
  }

  #acknowledged(brokerName: string): void {
    const now = performance.now();
    this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#lastAcknowledgedAt);
    this.#lastAcknowledgedAt = now;
    this.#acknowledgedBy.set(brokerName, this.acknowledgedBy(brokerName) + 1);
  }
}
