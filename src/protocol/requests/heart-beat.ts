/**
 * HEART_BEAT (34): client → broker. All versions; registers producer groups for transaction checks and replies, which
 * brokers forget after 120 seconds without one. Consumers are not described here.
 * Source: HeartbeatData.java, ClientManageProcessor.java (5.5.0).
 */
import { headerAnswer } from '../call-parts.js';
import { bool, defineFields, optional } from '../fields.js';
import { isJsonArray, isJsonObject, type JsonValue, parseRelaxedJson } from '../relaxed-json.js';
import { remoteCall } from '../remote-call.js';
import { RequestCode } from '../request-codes.js';
import { violation } from '../violation.js';

export interface HeartBeatRequest {
  readonly clientId: string;
  readonly producerGroups: readonly string[];
}

/** Only brokers of 5.1.3 and later say any of it; nothing here depends on it. */
export interface HeartBeatResponse {
  readonly supportsHeartBeatV2?: boolean | undefined;
  readonly isSubscriptionChanged?: boolean | undefined;
}

const responseFields = defineFields({
  supportsHeartBeatV2: optional(bool('IS_SUPPORT_HEART_BEAT_V2')),
  isSubscriptionChanged: optional(bool('IS_SUB_CHANGE')),
});

const MAX_BODY_BYTES = 1024 * 1024;
const JSON_LIMITS = { depth: 8, values: 100_000 };

/** Registers the groups of this client at one broker. */
export const heartBeat = remoteCall<HeartBeatRequest, HeartBeatResponse>({
  code: RequestCode.HEART_BEAT,
  name: 'HEART_BEAT',
  encodeRequest: (request: HeartBeatRequest) => ({ fields: new Map<string, string>(), body: encodeBody(request) }),
  decodeRequest: (frame): HeartBeatRequest => decodeBody(frame.body),
  ...headerAnswer(responseFields),
});

/** In fastjson's order, with the keys of 5.x; older brokers ignore those they do not know. */
function encodeBody({ clientId, producerGroups }: HeartBeatRequest): Buffer {
  const body = {
    clientID: clientId,
    consumerDataSet: [],
    heartbeatFingerprint: 0,
    producerDataSet: producerGroups.map((groupName) => ({ groupName })),
    withoutSub: false,
  };
  return Buffer.from(JSON.stringify(body));
}

function decodeBody(body: Buffer): HeartBeatRequest {
  if (body.length > MAX_BODY_BYTES) throw violation('a heartbeat is larger than the limit', { limit: MAX_BODY_BYTES });
  const data = parseRelaxedJson(body.toString('utf8'), JSON_LIMITS);
  const clientId = member(data, 'clientID');
  if (typeof clientId !== 'string') throw violation('the clientID of a heartbeat is missing', { field: 'clientID' });
  const producers = member(data, 'producerDataSet');
  const producerGroups: string[] = [];
  for (const producer of isJsonArray(producers) ? producers : []) {
    const group = member(producer, 'groupName');
    if (typeof group === 'string') producerGroups.push(group);
  }
  return { clientId, producerGroups };
}

function member(value: JsonValue, name: string): JsonValue | undefined {
  return isJsonObject(value) ? value.get(name) : undefined;
}
