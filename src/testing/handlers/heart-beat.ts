/**
 * HEART_BEAT (34) at the broker: a client tells which groups it has. Nothing is kept of it, because nothing the embedded
 * broker does needs it.
 * Source: ClientManageProcessor.java (5.5.0, 4.9.7).
 */
import { heartBeat as call } from '../../protocol/requests/heart-beat.js';
import type { BrokerState } from '../broker-state.js';
import { handler } from './handler.js';

export const heartBeat = handler(call, (_request, broker: BrokerState) =>
  call.response(broker.release.major === 4 ? {} : { supportsHeartBeatV2: true, isSubscriptionChanged: true }),
);
