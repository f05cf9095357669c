/**
 * One broker of an embedded cluster: a server, the topics and messages it holds, and a handler for each request.
 */
import type { AccessControl } from './access-control.js';
import type { BrokerState } from './broker-state.js';
import { ClientTable } from './client-table.js';
import { EmbeddedServer, type Service } from './embedded-server.js';
import { endTransaction } from './handlers/end-transaction.js';
import { getMaxOffset } from './handlers/get-max-offset.js';
import { getMinOffset } from './handlers/get-min-offset.js';
import { HandlerTable } from './handlers/handler.js';
import { heartBeat } from './handlers/heart-beat.js';
import { pullMessage } from './handlers/pull-message.js';
import { sendBatchMessage } from './handlers/send-batch-message.js';
import { sendMessage } from './handlers/send-message.js';
import { sendMessageV2 } from './handlers/send-message-v2.js';
import { unregisterClient } from './handlers/unregister-client.js';
import { HalfMessages, type TransactionOptions } from './half-messages.js';
import { MessageStore } from './message-store.js';
import type { NameServerState } from './name-server-state.js';
import type { ServerRelease } from './server-release.js';
import { DEFAULT_TOPIC, PERM, TopicTable } from './topic-table.js';

const handlers = new HandlerTable<BrokerState>([
  sendMessageV2,
  sendMessage,
  sendBatchMessage,
  endTransaction,
  pullMessage,
  getMaxOffset,
  getMinOffset,
  heartBeat,
  unregisterClient,
]);

interface EmbeddedBrokerOptions {
  readonly name: string;
  readonly release: ServerRelease;
  /** Where it registers while it lives. */
  readonly nameServer: NameServerState;
  /** Queues of the default topic; undefined: there is none, topics are not created by sending to them. */
  readonly defaultTopicQueues: number | undefined;
  readonly maxMessageBytes: number;
  readonly storeBodies: boolean;
  readonly hasVipChannel: boolean;
  /** Undefined: everybody is let in. */
  readonly access?: AccessControl | undefined;
  readonly transactions?: TransactionOptions | undefined;
}

/** A broker and what it holds; it listens, and is in routes, after `server.restart()`. */
export interface Broker {
  readonly server: EmbeddedServer;
  readonly state: BrokerState;
  /** What it says to a request, whichever way that came. */
  readonly service: Service;
}

export function createBroker(options: EmbeddedBrokerOptions): Broker {
  const { name, release, nameServer, defaultTopicQueues, maxMessageBytes, storeBodies, hasVipChannel, access } =
    options;
  const topics = new TopicTable();
  if (defaultTopicQueues !== undefined) {
    const queues = { readQueues: defaultTopicQueues, writeQueues: defaultTopicQueues };
    topics.set({ topic: DEFAULT_TOPIC, ...queues, perm: PERM.readWriteInherit });
  }
  const register = (): void => nameServer.register({ name, address: server.address, topics });
  const service: Service = (frame, sender) =>
    access?.refusal(frame, sender.remoteHost) ?? handlers.answer(frame, state, sender);
  const server: EmbeddedServer = new EmbeddedServer({
    name,
    release,
    hasVipChannel,
    service,
    onUp: () => {
      register();
      halfMessages.start();
    },
    onDown: ({ staysInRoutes = false }) => {
      halfMessages.stop();
      if (!staysInRoutes) nameServer.unregister(name);
    },
  });
  const store = new MessageStore({ storeHost: () => ({ host: server.host, port: server.port }), storeBodies });
  const clients = new ClientTable();
  const transactions = options.transactions ?? {};
  const halfMessages = new HalfMessages({
    brokerName: name,
    release,
    store,
    clients,
    transactions,
    keepsEnded: storeBodies,
  });
  const state: BrokerState = { release, topics, store, clients, halfMessages, maxMessageBytes, register };
  return { server, state, service };
}
