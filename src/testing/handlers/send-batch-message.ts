/**
 * SEND_BATCH_MESSAGE (320) at the broker. Not the code makes a batch but the header, so this is SEND_MESSAGE_V2 under
 * another number.
 * Source: SendMessageProcessor.java (5.5.0).
 */
import { sendBatchMessage as call } from '../../protocol/requests/send-batch-message.js';
import type { BrokerState } from '../broker-state.js';
import type { Handler } from './handler.js';
import { sendMessageV2 } from './send-message-v2.js';

export const sendBatchMessage: Handler<BrokerState> = { code: call.code, answer: sendMessageV2.answer };
