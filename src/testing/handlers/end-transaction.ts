/**
 * END_TRANSACTION (37) at the broker: a producer says what becomes of its half message. Clients send it oneway; to who
 * waits all the same, nothing is said about an end that is not known yet.
 * Source: EndTransactionProcessor.java (5.5.0), and answers of real 5.5.0 and 4.9.7.
 */
import { endTransaction as call } from '../../protocol/requests/end-transaction.js';
import type { Answer } from '../answer.js';
import type { BrokerState } from '../broker-state.js';
import type { Handler } from './handler.js';

export const endTransaction: Handler<BrokerState, Answer | undefined> = {
  code: call.code,
  answer: (frame, broker) => broker.halfMessages.end(call.decodeRequest(frame)),
};
