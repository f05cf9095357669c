/**
 * The shape of all handlers: one file per request, named as the request, found by its code in a table. What they share
 * is here; what a request does is not.
 */
import { RocketMQError } from '../../errors/rocketmq-error.js';
import type { ReceivedFrame } from '../../protocol/received-frame.js';
import type { RemoteCall } from '../../protocol/remote-call.js';
import { ResponseCode } from '../../protocol/response-codes.js';
import type { Answer, Said } from '../answer.js';
import type { Sender } from '../sender.js';

/** Answers one kind of request on behalf of a server with the state `State`; one that says undefined says nothing at all. */
export interface Handler<State, Says extends Said = Answer> {
  readonly code: number;
  readonly answer: (frame: ReceivedFrame, state: State, sender: Sender) => Says;
}

/** Makes the handler of a remote call out of what is done with its decoded request. */
export function handler<Request, Response, State>(
  call: RemoteCall<Request, Response>,
  handle: (request: Request, state: State, sender: Sender) => Answer,
): Handler<State> {
  return {
    code: call.code,
    answer: (frame, state, sender) => handle(call.decodeRequest(frame), state, sender),
  };
}

/** Finds the handler of each request. A request that cannot be decoded is answered as Java answers its exceptions. */
export class HandlerTable<State> {
  readonly #handlers: ReadonlyMap<number, Handler<State, Said>>;

  constructor(handlers: readonly Handler<State, Said>[]) {
    this.#handlers = new Map(handlers.map((entry) => [entry.code, entry]));
  }

  /** Whether there is a handler for the request. */
  knows(frame: ReceivedFrame): boolean {
    return this.#handlers.has(frame.code);
  }

  /** What is said to the request; undefined says nothing at all. */
  answer(frame: ReceivedFrame, state: State, sender: Sender): Said {
    const found = this.#handlers.get(frame.code);
    if (found === undefined) return notSupported(frame.code);
    try {
      return found.answer(frame, state, sender);
    } catch (error) {
      if (!(error instanceof RocketMQError)) throw error;
      return { code: ResponseCode.SYSTEM_ERROR, remark: `java.lang.RuntimeException: ${error.message}` };
    }
  }
}

/** What servers say about a request it has no handler for; the leading blank is Java's. */
export function notSupported(code: number): Answer {
  return { code: ResponseCode.REQUEST_CODE_NOT_SUPPORTED, remark: ` request type ${code} not supported` };
}
