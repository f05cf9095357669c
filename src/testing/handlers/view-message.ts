/**
 * VIEW_MESSAGE_BY_ID (33) at the broker: the message that begins at one place of the commit log. A real broker trips over
 * a place in the middle of a message; this one says of every place without one that it has none.
 * Source: QueryMessageProcessor.java (5.5.0).
 */
import { viewMessage as call } from '../../protocol/requests/view-message.js';
import { ResponseCode } from '../../protocol/response-codes.js';
import { encodeStoredMessage } from '../../protocol/stored-message.js';
import type { BrokerState } from '../broker-state.js';
import { handler } from './handler.js';

export const viewMessage = handler(call, ({ commitLogOffset }, { store }: BrokerState) => {
  const found = store.messageAt(commitLogOffset);
  if (found !== undefined) return call.response({ message: encodeStoredMessage(found) });
  return { code: ResponseCode.SYSTEM_ERROR, remark: `can not find message by the offset, ${commitLogOffset}` };
});
