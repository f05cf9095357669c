/**
 * GET_MIN_OFFSET (31) at the broker: where a queue begins, which is 0, because nothing is ever deleted.
 * Source: AdminBrokerProcessor.java (5.5.0).
 */
import { getMinOffset as call } from '../../protocol/requests/get-min-offset.js';
import type { BrokerState } from '../broker-state.js';
import { handler } from './handler.js';

export const getMinOffset = handler(call, (_request, { release }: BrokerState) => ({
  ...call.response({ offset: 0n }),
  // 5.x answers with an empty remark.
  remark: release.major === 5 ? '' : undefined,
}));
