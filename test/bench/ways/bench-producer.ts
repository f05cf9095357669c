/** The producer of a case: every default on, but for the codec. */
import { createProducer, type Producer } from 'rx-rocketmq';
import type { Run } from './way.js';

export function benchProducer({ nameServers, measured: { codec } }: Run): Producer {
  const compress = codec === undefined ? {} : { compress: { codec, overBytes: 1 } };
  return createProducer({ nameServers, group: 'bench', ...compress });
}
