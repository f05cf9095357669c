/**
 * A remote call as a promise, for everything that happens rarely: routes, heartbeats, unregister. Sending messages does
 * not come through here; a promise per message costs too much.
 */
import type { RemoteCall } from '../protocol/remote-call.js';
import { ResponseCode } from '../protocol/response-codes.js';
import type { Connection } from './connection.js';

/** What is special about one call. */
export interface CallOptions {
  /** Default true: a server that goes away is asked once more, on another connection. */
  readonly movesOn?: boolean | undefined;
}

/**
 * Sends `request` and resolves with what the answer says. Rejects with the RocketMQError of a connection that fails, of
 * a deadline that passes (`deadlineAt` as `Clock.now()`), or of an answer that is a refusal or cannot be read.
 */
export function call<Request, Response>(
  connection: Connection,
  remoteCall: RemoteCall<Request, Response>,
  request: Request,
  deadlineAt: number,
  { movesOn = true }: CallOptions = {},
): Promise<Response> {
  return new Promise((resolve, reject) => {
    connection.request(remoteCall.request(request), {
      deadlineAt,
      onAnswer(frame, answeredOn) {
        const next = movesOn && frame.code === ResponseCode.GO_AWAY ? answeredOn.successor() : undefined;
        if (next !== undefined) {
          call(next, remoteCall, request, deadlineAt, { movesOn: false }).then(resolve, reject);
          return;
        }
        try {
          resolve(remoteCall.decodeResponse(frame));
        } catch (error) {
          reject(error);
        }
      },
      onFailure: reject,
    });
  });
}
