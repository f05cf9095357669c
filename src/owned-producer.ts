/** A producer that belongs to a pipeline: it lives from the first subscription to the last. */
import { createProducer } from './create-producer.js';
import { checkConfig, type ProducerConfig } from './producer/config.js';
import type { Producer } from './producer/producer.js';

/** Where a pipeline gets its producer from, for as long as one subscription needs it. */
export interface ProducerLease {
  acquire(): Producer;
  release(): void;
}

/** A producer of the caller's: never shut down here. */
export const borrowedProducer = (producer: Producer): ProducerLease => ({ acquire: () => producer, release() {} });

/**
 * A producer of `config`'s: created by the first of several concurrent subscriptions, shared by them, and shut down
 * after the last. A later subscription gets a new one. Throws what is wrong with `config` at once.
 */
export function ownedProducer(config: ProducerConfig): ProducerLease {
  checkConfig(config);
  let producer: Producer | undefined;
  let users = 0;
  return {
    acquire() {
      users++;
      producer ??= createProducer(config);
      return producer;
    },
    release() {
      users--;
      if (users > 0 || producer === undefined) return;
      const ended = producer;
      producer = undefined;
      // Nobody waits for it, and it rejects for no server's sake.
      void ended.shutdown();
    },
  };
}
