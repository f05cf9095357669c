/**
 * How the producer inside of a client is set up: the one that sends what is not of the application, by the internal group
 * that every client instance has. It sends through the connections of the producer it belongs to, and is signed like it.
 */
import { INNER_PRODUCER_GROUP } from '../client/client-instance.js';
import type { ResolvedConfig } from './config.js';
import { MAX_TRACE_BYTES } from './trace/trace-outbox.js';

/** Java's, for trace messages. */
const SEND_TIMEOUT_MS = 5000;

/** Of `config` what concerns the cluster, and nothing that is about the application's messages. */
export function innerConfig(config: ResolvedConfig): ResolvedConfig {
  const {
    namespace: _namespace,
    hooks: _hooks,
    trace: _trace,
    attemptTimeoutMs: _attemptTimeoutMs,
    maxInFlight: _maxInFlight,
    maxInFlightBytes: _maxInFlightBytes,
    ...rest
  } = config;
  return {
    ...rest,
    group: INNER_PRODUCER_GROUP,
    sendTimeoutMs: SEND_TIMEOUT_MS,
    // Whatever the limit for the application's own.
    maxMessageBytes: MAX_TRACE_BYTES,
    vipChannel: false,
    exclusiveInstanceName: false,
    latencyFaultTolerance: false,
    retryAnotherBrokerWhenNotStoreOk: false,
    warmUpTopics: [],
  };
}
