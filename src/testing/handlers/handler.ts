/**
 * The shape of all handlers: one file per request, named as the request, found by its code in a table. What they share
 * is here; what a request does is not.
 */
import { RocketMQError } from '../../errors/rocketmq-error.js';
import type { ReceivedFrame } from '../../protocol/received-frame.js';
import type { RemoteCall } from '../../protocol/remote-call.js';
import { ResponseCode } from '../../protocol/response-codes.js';
import type { Answer } from '../answer.js';
import type { Sender } from '../sender.js';

/** Answers one kind of request on behalf of a server with the state `State`. */
export interface Handler<State> {
  readonly code: number;
  readonly answer: (frame: ReceivedFrame, state: State, sender: Sender) => Answer;
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
  readonly #handlers: ReadonlyMap<number, Handler<State>>;

  constructor(handlers: readonly Handler<State>[]) {
    this.#handlers = new Map(handlers.map((entry) => [entry.code, entry]));
  }

  /** Undefined when there is no handler for the request. */
  answer(frame: ReceivedFrame, state: State, sender: Sender): Answer | undefined {
    const found = this.#handlers.get(frame.code);
    if (found === undefined) return undefined;
    try {
      return found.answer(frame, state, sender);
    } catch (error) {
      if (!(error instanceof RocketMQError)) throw error;
      return { code: ResponseCode.SYSTEM_ERROR, remark: `java.lang.RuntimeException: ${error.message}` };
    }
  }
}

/** What every server says about a request it has no handler for; the leading blank is Java's. */
export function notSupported(code: number): Answer {
  return { code: ResponseCode.REQUEST_CODE_NOT_SUPPORTED, remark: ` request type ${code} not supported` };
}
