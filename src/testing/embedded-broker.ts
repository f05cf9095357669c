/**
 * One broker of an embedded cluster: a server, the topics and messages it holds, and a handler for each request.
 */
import { SELF_TEST_TOPIC } from '../protocol/system-topics.js';
import type { AccessControl } from './access-control.js';
import { type BrokerState, REPLY_TOPIC } from './broker-state.js';
import { ClientTable } from './client-table.js';
import { DelayedMessages } from './delayed-messages.js';
import { EmbeddedServer, type Service } from './embedded-server.js';
import { createTopic } from './handlers/create-topic.js';
import type { ServerTlsOptions } from './embedded-tls.js';
import { endTransaction } from './handlers/end-transaction.js';
import { getEarliestStoreTime } from './handlers/get-earliest-store-time.js';
import { getMaxOffset } from './handlers/get-max-offset.js';
import { getMinOffset } from './handlers/get-min-offset.js';
import { HandlerTable } from './handlers/handler.js';
import { heartBeat } from './handlers/heart-beat.js';
import { pullMessage } from './handlers/pull-message.js';
import { queryMessage } from './handlers/query-message.js';
import { recallMessage } from './handlers/recall-message.js';
import { searchOffset } from './handlers/search-offset.js';
import { sendBatchMessage } from './handlers/send-batch-message.js';
import { sendMessage } from './handlers/send-message.js';
import { sendMessageV2 } from './handlers/send-message-v2.js';
import { sendReplyMessage } from './handlers/send-reply-message.js';
import { sendReplyMessageV2 } from './handlers/send-reply-message-v2.js';
import { unregisterClient } from './handlers/unregister-client.js';
import { HalfMessages, type TransactionOptions } from './half-messages.js';
import { viewMessage } from './handlers/view-message.js';
import { MessageStore } from './message-store.js';
import type { NameServerState } from './name-server-state.js';
import type { ServerRelease } from './server-release.js';
import { DEFAULT_TOPIC, PERM, TopicTable } from './topic-table.js';

const handlers = new HandlerTable<BrokerState>([
  sendMessageV2,
  sendMessage,
  sendBatchMessage,
  endTransaction,
  sendReplyMessage,
  sendReplyMessageV2,
  recallMessage,
  pullMessage,
  getMaxOffset,
  getMinOffset,
  searchOffset,
  getEarliestStoreTime,
  queryMessage,
  viewMessage,
  createTopic,
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
  readonly recallsMessages: boolean;
  readonly keepsLightQueues: boolean;
  readonly storeBodies: boolean;
  readonly hasVipChannel: boolean;
  readonly tls?: ServerTlsOptions | undefined;
  /** Undefined: everybody is let in. */
  readonly access?: AccessControl | undefined;
  readonly transactions?: TransactionOptions | undefined;
  /** Where it says it is; brokers of 4.x say nothing. */
  readonly zone?: string | undefined;
}

/** A broker and what it holds; it listens, and is in routes, after `server.restart()`. */
export interface Broker {
  readonly server: EmbeddedServer;
  readonly state: BrokerState;
  /** What it says to a request, whichever way that came. */
  readonly service: Service;
}

export function createBroker(options: EmbeddedBrokerOptions): Broker {
  const { name, release, nameServer, defaultTopicQueues, maxMessageBytes, access } = options;
  const { recallsMessages, keepsLightQueues, storeBodies, hasVipChannel } = options;
  const topics = new TopicTable();
  for (const topic of [REPLY_TOPIC, SELF_TEST_TOPIC]) {
    topics.set({ topic, readQueues: 1, writeQueues: 1, perm: PERM.readWrite });
  }
  if (defaultTopicQueues !== undefined) {
    const queues = { readQueues: defaultTopicQueues, writeQueues: defaultTopicQueues };
    topics.set({ topic: DEFAULT_TOPIC, ...queues, perm: PERM.readWriteInherit });
  }
  const zone = release.major === 4 ? undefined : options.zone;
  const register = (): void => nameServer.register({ name, address: server.address, topics, zone });
  const service: Service = (frame, sender) =>
    access?.refusal(frame, sender.remoteHost) ?? handlers.answer(frame, state, sender);
  const server: EmbeddedServer = new EmbeddedServer({
    name,
    release,
    hasVipChannel,
    service,
    tls: options.tls,
    onUp: () => {
      register();
      halfMessages.start();
      delayed.resume();
    },
    onDown: ({ staysInRoutes = false }) => {
      halfMessages.stop();
      delayed.pause();
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
  const delayed = new DelayedMessages((message) => store.append(message));
  const lightQueues = keepsLightQueues ? new Map<string, number>() : undefined;
  const holds = { topics, store, clients, halfMessages, delayed };
  const state: BrokerState = { name, release, ...holds, recallsMessages, lightQueues, maxMessageBytes, register };
  return { server, state, service };
}
