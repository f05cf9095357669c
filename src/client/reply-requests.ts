/**
 * PUSH_REPLY_MESSAGE_TO_CLIENT at the client: finds the producer whose request a reply is to. Which request that is, is
 * that producer's to know.
 * Source: ClientRemotingProcessor.receiveReplyMessage (5.5.0).
 */
import type { Logger } from '../observe/logger.js';
import { MessageProperty } from '../protocol/message-properties.js';
import { decodeProperties } from '../protocol/properties.js';
import { pushReplyMessage } from '../protocol/requests/push-reply-message.js';
import { ResponseCode } from '../protocol/response-codes.js';
import type { ServerRequestHandler } from './server-requests.js';

/** A reply that a broker brings. */
export interface PushedReply {
  readonly correlationId: string;
  /** As it was sent: it may be compressed. */
  readonly body: Buffer;
  readonly sysFlag: number;
  readonly properties: ReadonlyMap<string, string>;
}

/** Called for each reply to one producer. Must not throw. */
export type ReplyListener = (reply: PushedReply) => void;

/** Between the name of a producer and the number of its request. */
const SEPARATOR = ':';

/** What identifies one request of the producer with this name, which has no colon in it. */
export const correlationIdOf = (producer: string, request: number): string => producer + SEPARATOR + request;

export class ReplyRequests {
  readonly #listeners = new Map<string, ReplyListener>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** The replies to requests of this producer are for `listener` from now on. */
  listen(producer: string, listener: ReplyListener): void {
    this.#listeners.set(producer, listener);
  }

  forget(producer: string): void {
    this.#listeners.delete(producer);
  }

  /**
   * For the table of `server-requests.ts`. As the Java client it takes every reply that can be read, also one that nobody
   * waits for any more: another answer would make the replier send it again.
   */
  readonly handle: ServerRequestHandler = (frame, { address }) => {
    const { body, sysFlag, properties: encoded = '' } = pushReplyMessage.decodeRequest(frame);
    const properties = decodeProperties(encoded);
    const correlationId = properties.get(MessageProperty.CORRELATION_ID) ?? '';
    const listener = this.#listeners.get(correlationId.slice(0, Math.max(correlationId.lastIndexOf(SEPARATOR), 0)));
    if (listener === undefined) {
      this.#logger.warn({ address, correlationId }, 'a broker brings a reply that no producer here asked for');
    } else {
      listener({ correlationId, body: Buffer.from(body), sysFlag, properties });
    }
    return { code: ResponseCode.SUCCESS };
  };
}
