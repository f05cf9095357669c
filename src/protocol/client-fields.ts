/**
 * What a client says of itself in every request, besides the fields that the request has of its own. Who signs them, and
 * where the values come from, is not decided here.
 * Source: MQClientAPIImpl, NamespaceRpcHook, StreamTypeRPCHook, DynamicalExtFieldRPCHook (5.5.0); 4.9.7 has the second.
 */
import { namespaceFields } from './namespace.js';

/** The zone of a client, as on the wire. */
export interface Zone {
  readonly name?: string | undefined;
  /** Name servers show brokers of the zone only where this is `true`, in whatever case. */
  readonly mode?: string | undefined;
}

/** What the requests of one client can say. */
export interface ClientFields {
  readonly namespaceV2?: string | undefined;
  /** Of a client whose messages are a stream; brokers and proxies of 4.9.7 and 5.5.0 do not look at it. */
  readonly streamRequestType?: boolean | undefined;
  readonly zone?: Zone | undefined;
}

const STREAM = '0';

/** The fields by their names on the wire; undefined where there are none. */
export function clientFields(client: ClientFields): ReadonlyMap<string, string> | undefined {
  const { namespaceV2, streamRequestType = false, zone = {} } = client;
  const fields = new Map(namespaceV2 === undefined ? [] : namespaceFields(namespaceV2));
  if (streamRequestType) fields.set('ReqT', STREAM);
  if (zone.name !== undefined) fields.set('__ZONE_NAME', zone.name);
  if (zone.mode !== undefined) fields.set('__ZONE_MODE', zone.mode);
  return fields.size === 0 ? undefined : fields;
}

/** Whether two clients say the same of where they are. */
export function isSameZone(one: Zone = {}, other: Zone = {}): boolean {
  return one.name === other.name && one.mode === other.mode;
}
