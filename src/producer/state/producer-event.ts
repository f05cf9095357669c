/** What a producer tells about itself, beside the outcomes of messages. */
import type { RocketMQError } from '../../errors/rocketmq-error.js';
import type { Hooks } from '../hooks/hook-options.js';
import type { SendFailure } from '../message/outcome.js';
import type { ServiceState } from './service-state.js';

export type ProducerEvent =
  | { readonly type: 'state'; readonly state: ServiceState }
  | {
      readonly type: 'route-changed';
      readonly topic: string;
      readonly queues: number;
      readonly brokers: readonly string[];
    }
  | {
      readonly type: 'connection';
      readonly address: string;
      readonly state: 'open' | 'closed';
      readonly reason?: string | undefined;
    }
  /** Another attempt begins; `brokerName` and `error` are of the one that failed. */
  | {
      readonly type: 'retry';
      readonly msgId: string;
      readonly attempt: number;
      readonly brokerName: string;
      readonly error: RocketMQError;
    }
  /** A hook threw; what it was called for goes on as if it had not. */
  | { readonly type: 'hook-failed'; readonly hook: keyof Hooks; readonly error: unknown }
  /** Messages found no room in the buffer, within one turn of the event loop. */
  | { readonly type: 'overflow'; readonly dropped: number }
  /** A broker was slow or failed: rotation passes over it for so long, unless there is no other. Only with `latencyFaultTolerance`. */
  | { readonly type: 'broker-avoided'; readonly brokerName: string; readonly forMs: number }
  /** Messages of a stream that was unsubscribed, which no broker has seen. */
  | { readonly type: 'abandoned'; readonly failures: readonly SendFailure[] };
