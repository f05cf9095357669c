/**
 * SEND_BATCH_MESSAGE (320): client → broker. Many messages of one topic and queue in one body (`batch-body.ts`), stored
 * together; since 4.1. Below version 413 (5.0.0) its properties may hold WAIT only: anything else would overwrite the
 * members' own properties in the store.
 * Source: SendMessageRequestHeaderV2.java, SendMessageProcessor.java (4.9.7, 5.5.0).
 */
import { RequestCode } from '../request-codes.js';
import { sendCall } from './send-message.js';

/**
 * Stores all messages of the body behind each other in one queue, or none. `isBatch` goes without saying; the answer's
 * `offsetMsgId` names one id for each member.
 */
export const sendBatchMessage = sendCall(RequestCode.SEND_BATCH_MESSAGE, 'SEND_BATCH_MESSAGE', { isBatch: true });
