/**
 * A remote call as a promise, for everything that happens rarely: routes, heartbeats, unregister. Sending messages does
 * not come through here; a promise per message costs too much.
 */
import type { RemoteCall } from '../protocol/remote-call.js';
import type { Connection } from './connection.js';

/**
 * Sends `request` and resolves with what the answer says. Rejects with the RocketMQError of a connection that fails, of
 * a deadline that passes (`deadlineAt` as `Clock.now()`), or of an answer that is a refusal or cannot be read.
 */
export function call<Request, Response>(
  connection: Connection,
  remoteCall: RemoteCall<Request, Response>,
  request: Request,
  deadlineAt: number,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    connection.request(remoteCall.request(request), {
      deadlineAt,
      onAnswer(frame) {
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
