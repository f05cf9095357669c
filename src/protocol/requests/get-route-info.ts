/**
 * GET_ROUTEINFO_BY_TOPIC (105): client → name server. All versions; name servers of 4.9.4 and later answer in strict
 * JSON, older ones with bare numbers as keys. The route is not judged here; see `parse-route-data.ts`.
 * Source: ClientRequestProcessor.java (5.5.0).
 */
import { headerRequest } from '../call-parts.js';
import { bool, defineFields, optional, string } from '../fields.js';
import { encodeRouteData, parseRouteData } from '../parse-route-data.js';
import { onlySuccess, remoteCall } from '../remote-call.js';
import { RequestCode } from '../request-codes.js';
import { ResponseCode } from '../response-codes.js';
import type { TopicRouteData } from '../route-data.js';

export interface GetRouteInfoRequest {
  readonly topic: string;
  /** Asks name servers of 4.9.4 and later for strict JSON, whatever version the client declares. */
  readonly acceptStandardJsonOnly?: boolean | undefined;
}

export type GetRouteInfoResponse = TopicRouteData;

const requestFields = defineFields({
  topic: string('topic'),
  acceptStandardJsonOnly: optional(bool('acceptStandardJsonOnly')),
});

/** Asks for the route of one topic; a topic without a route is refused with code 17. */
export const getRouteInfo = remoteCall<GetRouteInfoRequest, GetRouteInfoResponse>({
  code: RequestCode.GET_ROUTEINFO_BY_TOPIC,
  name: 'GET_ROUTEINFO_BY_TOPIC',
  answers: onlySuccess,
  ...headerRequest(requestFields),
  encodeResponse: (route: GetRouteInfoResponse) => ({
    code: ResponseCode.SUCCESS,
    fields: new Map(),
    body: encodeRouteData(route),
  }),
  decodeResponse: (frame) => parseRouteData(frame.body),
});
