/** A producer that belongs to a pipeline: it lives from the first subscription to the last. */
import { neutralContext } from './callbacks/neutral-context.js';
import { createProducer } from './create-producer.js';
import { checkConfig, type ProducerConfig } from './producer/config.js';
import { coreOf, type Producer } from './producer/producer.js';

/** Where a pipeline gets its producer from, for as long as one subscription needs it. */
export interface ProducerLease {
  acquire(): Producer;
  release(): void;
}

/** A producer of the caller's: never shut down here. */
export const borrowedProducer = (producer: Producer): ProducerLease => ({ acquire: () => producer, release() {} });

/**
 * A producer of `config`'s: created by the first of several concurrent subscriptions, shared by them, and shut down
 * after the last, but only when no other one has come within a second: streams that follow each other share it. Throws what is wrong with `config` at once.
 */
export function ownedProducer(config: ProducerConfig, what?: string): ProducerLease {
  // Its functions are of the caller of this, not of whoever subscribes.
  const { callerContext } = checkConfig(config, what);
  let producer: Producer | undefined;
  let users = 0;
  let linger: NodeJS.Timeout | undefined;
  const shutDown = (): void => {
    clearTimeout(linger);
    notAtExit(shutDown);
    const ended = producer;
    producer = undefined;
    // Nobody waits for it, and it rejects for no server's sake.
    void ended?.shutdown();
  };
  return {
    acquire() {
      users++;
      clearTimeout(linger);
      notAtExit(shutDown);
      if (producer === undefined || !coreOf(producer).takesMessages)
        producer = callerContext.run(createProducer, config);
      return producer;
    },
    release() {
      users--;
      if (users > 0) return;
      if (producer === undefined || !coreOf(producer).takesMessages) {
        shutDown();
        return;
      }
      // A process that has nothing else to do need not wait for it.
      linger = neutralContext.run(() => setTimeout(shutDown, LINGER_MS).unref());
      atExit(shutDown);
    },
  };
}

const LINGER_MS = 1000;

/** What is still to be done when the process has nothing else to do: one listener for all, or Node warns of the eleventh. */
const atExits = new Set<() => void>();
const callAll = (): void => {
  for (const call of atExits) call();
};

function atExit(call: () => void): void {
  if (atExits.size === 0) process.on('beforeExit', callAll);
  atExits.add(call);
}

function notAtExit(call: () => void): void {
  if (atExits.delete(call) && atExits.size === 0) process.off('beforeExit', callAll);
}
