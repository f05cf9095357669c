/**
 * UNREGISTER_CLIENT (35): client → broker. All versions; takes one group of the client out of the broker's tables at
 * once instead of after 120 seconds. Closing the connection has the same effect, so nothing depends on its answer.
 * Source: UnregisterClientRequestHeader.java, ClientManageProcessor.java (5.5.0).
 */
import { emptyAnswer, type EmptyResponse, headerRequest } from '../call-parts.js';
import { defineFields, optional, string } from '../fields.js';
import { remoteCall } from '../remote-call.js';
import { RequestCode } from '../request-codes.js';

export interface UnregisterClientRequest {
  readonly clientId: string;
  readonly producerGroup?: string | undefined;
  readonly consumerGroup?: string | undefined;
}

const requestFields = defineFields({
  clientId: string('clientID'),
  producerGroup: optional(string('producerGroup')),
  consumerGroup: optional(string('consumerGroup')),
});

/** Takes one group of this client out of a broker's tables. */
export const unregisterClient = remoteCall<UnregisterClientRequest, EmptyResponse>({
  code: RequestCode.UNREGISTER_CLIENT,
  name: 'UNREGISTER_CLIENT',
  ...headerRequest(requestFields),
  ...emptyAnswer,
});
