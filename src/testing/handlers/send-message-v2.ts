/**
 * SEND_MESSAGE_V2 (310) at the broker: one message; or a batch, if the header says so.
 * Source: SendMessageProcessor.java (5.5.0).
 */
import { sendMessage, sendRequestFields } from '../../protocol/requests/send-message.js';
import type { BrokerState } from '../broker-state.js';
import { storeSend } from '../store-send.js';
import type { Handler } from './handler.js';

/** Reads the header by itself: `sendMessage.decodeRequest` copies the body, and the store copies it anyway. */
export const sendMessageV2: Handler<BrokerState> = {
  code: sendMessage.code,
  answer: (frame, broker, sender) =>
    storeSend({ header: sendRequestFields.decode(frame), body: frame.body, sender }, broker),
};
