/**
 * UNREGISTER_CLIENT (35) at the broker: a client takes back what its heartbeats told.
 * Source: ClientManageProcessor.java (5.5.0).
 */
import { unregisterClient as call } from '../../protocol/requests/unregister-client.js';
import type { BrokerState } from '../broker-state.js';
import { handler } from './handler.js';

export const unregisterClient = handler(call, ({ clientId, producerGroup }, broker: BrokerState, sender) => {
  broker.clients.unregister(clientId, producerGroup, sender);
  return call.response({});
});
