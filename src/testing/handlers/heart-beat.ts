/**
 * HEART_BEAT (34) at the broker: a client tells which groups it has, and by that where it can be asked.
 * Source: ClientManageProcessor.java (5.5.0, 4.9.7).
 */
import { heartBeat as call } from '../../protocol/requests/heart-beat.js';
import type { BrokerState } from '../broker-state.js';
import { handler } from './handler.js';

export const heartBeat = handler(call, ({ clientId, producerGroups }, broker: BrokerState, sender) => {
  broker.clients.heartbeat(clientId, producerGroups, sender);
  return call.response(broker.release.major === 4 ? {} : { supportsHeartBeatV2: true, isSubscriptionChanged: true });
});
