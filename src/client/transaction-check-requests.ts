/**
 * CHECK_TRANSACTION_STATE at the client: finds the producer whose transaction a broker asks about. What that producer says
 * to it is not known here; it answers with an END_TRANSACTION of its own.
 * Source: ClientRemotingProcessor.checkTransactionState (5.5.0).
 */
import type { Logger } from '../observe/logger.js';
import { MessageProperty } from '../protocol/message-properties.js';
import { decodeProperties } from '../protocol/properties.js';
import {
  checkTransactionState,
  type CheckTransactionStateRequest,
} from '../protocol/requests/check-transaction-state.js';
import { decodeStoredMessages, type StoredMessage } from '../protocol/stored-message.js';
import type { ServerRequestHandler } from './server-requests.js';

/** A broker asks what became of a half message. */
export interface TransactionCheck {
  readonly request: CheckTransactionStateRequest;
  /** As it is stored, with its real topic and queue. */
  readonly half: StoredMessage;
  readonly properties: ReadonlyMap<string, string>;
  /** Of the broker that asks, where it wants to be told. */
  readonly address: string;
}

/** Called for each check of one producer group. Must not throw. */
export type TransactionCheckListener = (check: TransactionCheck) => void;

export class TransactionCheckRequests {
  readonly #listeners = new Map<string, TransactionCheckListener>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** The checks of this group are for `listener` from now on. */
  listen(group: string, listener: TransactionCheckListener): void {
    this.#listeners.set(group, listener);
  }

  forget(group: string): void {
    this.#listeners.delete(group);
  }

  /** For the table of `server-requests.ts`. A half message that cannot be read, or is nobody's, leaves a line in the log. */
  readonly handle: ServerRequestHandler = (frame, { address }) => {
    const request = checkTransactionState.decodeRequest(frame);
    const [half] = decodeStoredMessages(request.halfMessage);
    const properties = decodeProperties(half?.properties ?? '');
    const group = properties.get(MessageProperty.PRODUCER_GROUP) ?? '';
    const listener = this.#listeners.get(group);
    if (half === undefined || listener === undefined) {
      this.#logger.warn({ address, group }, 'a broker asks about a transaction of a group that has no producer here');
    } else {
      listener({ request, half, properties, address });
    }
    return undefined;
  };
}
