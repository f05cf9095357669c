/** The producer of a case: every default on, but for the codec, and the time that a busy machine may take. */
import { createProducer, type Producer } from 'rx-rocketmq';
import type { Run } from './way.js';

export function benchProducer({ nameServers, measured: { codec } }: Run): Producer {
  const compress = codec === undefined ? {} : { compress: { codec, overBytes: 1 } };
  return createProducer({ nameServers, group: 'bench', sendTimeoutMs: 30_000, ...compress });
}
