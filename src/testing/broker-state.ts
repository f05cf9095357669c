/**
 * What a broker is and holds, for its handlers. Connections and faults are the server's.
 */
import type { ClientTable } from './client-table.js';
import type { HalfMessages } from './half-messages.js';
import type { DelayedMessages } from './delayed-messages.js';
import type { MessageStore } from './message-store.js';
import type { ServerRelease } from './server-release.js';
import type { TopicTable } from './topic-table.js';

/** The cluster that every embedded broker belongs to, as in a server's default settings. */
export const CLUSTER_NAME = 'DefaultCluster';
/** Where replies to requests go. */
export const REPLY_TOPIC = `${CLUSTER_NAME}_REPLY_TOPIC`;
/** The region that answers and stored messages name, as in a server's default settings. */
export const REGION_ID = 'DefaultRegion';

export interface BrokerState {
  readonly name: string;
  readonly release: ServerRelease;
  readonly topics: TopicTable;
  readonly store: MessageStore;
  readonly clients: ClientTable;
  readonly halfMessages: HalfMessages;
  /** What is stored and not due yet. */
  readonly delayed: DelayedMessages;
  /** How many messages each light queue has, by its name; undefined: the broker keeps none (`enableLmq`). */
  readonly lightQueues: Map<string, number> | undefined;
  /** `recallMessageEnable`. */
  readonly recallsMessages: boolean;
  /** Largest body that is taken. */
  readonly maxMessageBytes: number;
  /** Tells the name server which topics there are, as a broker does at once when it has created one. */
  register(): void;
}
