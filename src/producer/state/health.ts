/**
 * What a producer knows of its servers, for probes and status pages. It asks nobody; that is `readiness.ts`.
 */
import type { ServiceState } from './service-state.js';

/** One server as this producer sees it. */
export interface ServerHealth {
  /** `host:port`. */
  readonly address: string;
  /** Of the connection: `idle` where there has been none yet, or it was closed after a while without use. */
  readonly connection: 'open' | 'connecting' | 'failed' | 'idle';
  /** When the server last sent anything, in ms since 1970; null where it has not. */
  readonly lastAnswerAt: number | null;
  /** The code of the error that ended the last connection; null where it ended in order, and while there is a new one. */
  readonly problem: string | null;
}

/** The master of one broker. */
export interface BrokerServerHealth extends ServerHealth {
  readonly brokerName: string;
}

/** A snapshot, of plain data: it can be sent as JSON as it is. */
export interface ProducerHealth {
  readonly state: ServiceState;
  /** All that are configured or were discovered. Only one of them is asked as long as it answers. */
  readonly nameServers: readonly ServerHealth[];
  /** The brokers of the routes in use. */
  readonly brokers: readonly BrokerServerHealth[];
}
