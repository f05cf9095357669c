/**
 * What name servers of 5.x show clients that are in a zone: of a route only the brokers there. It changes answers, and
 * makes none.
 * Source: ZoneRouteRPCHook.java (5.5.0), and answers of a real one.
 */
import { encodeRouteData, parseRouteData } from '../protocol/parse-route-data.js';
import type { ReceivedFrame } from '../protocol/received-frame.js';
import { ResponseCode } from '../protocol/response-codes.js';
import type { Answer } from './answer.js';
import { withBareKeys } from './handlers/get-routeinfo-by-topic.js';
import type { Handler } from './handlers/handler.js';
import type { NameServerState } from './name-server-state.js';

/** The same handler of GET_ROUTEINFO_BY_TOPIC, for clients in zones. */
export function inZones(handler: Handler<NameServerState>): Handler<NameServerState> {
  return {
    code: handler.code,
    answer: (frame, nameServer, sender) => {
      const answer = handler.answer(frame, nameServer, sender);
      const zone = nameServer.release.major === 4 ? undefined : zoneOf(frame);
      return zone === undefined || answer.code !== ResponseCode.SUCCESS ? answer : filtered(answer, zone);
    },
  };
}

/** Undefined where all brokers are shown. */
function zoneOf(frame: ReceivedFrame): string | undefined {
  const name = frame.field('__ZONE_NAME') ?? '';
  const isInZoneMode = frame.field('__ZONE_MODE')?.toLowerCase() === 'true';
  return isInZoneMode && name.trim() !== '' ? name.toLowerCase() : undefined;
}

/** Mappings of static topics stay whole. It is written anew, with bare numbers as keys whatever the client asked for. */
function filtered(answer: Answer, zone: string): Answer {
  const route = parseRouteData(Buffer.from(answer.body ?? []));
  const brokerDatas = route.brokerDatas.filter(({ zoneName = '' }) => zoneName.toLowerCase() === zone);
  const names = new Set(brokerDatas.map(({ brokerName }) => brokerName));
  const queueDatas = route.queueDatas.filter(({ brokerName }) => names.has(brokerName));
  const body = withBareKeys(String(encodeRouteData({ ...route, brokerDatas, queueDatas })));
  return { ...answer, body: Buffer.from(body) };
}
