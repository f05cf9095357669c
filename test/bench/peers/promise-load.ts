/** Drives a client from npm: as many callers as messages may be in flight, each awaits one message after the other. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { CostMeter } from '../meters/cost-meter.js';
import type { PeerCost } from '../results/record.js';

export interface PromiseLoad {
  /** Loads the package that is installed in the folder of the first argument; it is untyped. */
  readonly load: NodeJS.Require;
  readonly address: string;
  readonly topic: string;
  readonly body: Buffer;
  /** Sends everything, each message by `send`, and prints what it cost. */
  run(send: () => Promise<unknown>): Promise<void>;
}

/** The load that the arguments of this process tell. */
export function promiseLoad(): PromiseLoad {
  const [folder = '', address = '', topic = '', ...numbers] = process.argv.slice(2);
  const [messages = 0, warmUp = 0, bodyBytes = 0, window = 0] = numbers.map(Number);
  return {
    load: createRequire(join(folder, 'package.json')),
    address,
    topic,
    body: Buffer.alloc(bodyBytes, 'x'),
    run: async (send) => {
      const meter = new CostMeter({ warmUp, messages });
      const total = warmUp + messages + window;
      let sent = 0;
      const caller = async (): Promise<void> => {
        while (sent++ < total) {
          const sentAt = performance.now();
          await send();
          meter.settled(sentAt);
        }
      };
      await Promise.all(Array.from({ length: window }, caller));
      const { cpuMicros, perSecond, latency } = meter.figures();
      const cost: PeerCost = { cpuMicros, perSecond, ...(latency && { p50Ms: latency.p50Ms, p99Ms: latency.p99Ms }) };
      process.stdout.write(`${JSON.stringify(cost)}\n`);
    },
  };
}
