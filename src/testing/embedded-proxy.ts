/**
 * The proxy of an embedded cluster, as far as the remoting port of a 5.x proxy goes: clients take it for their name server,
 * and find all brokers behind its one address. Real ones also speak gRPC, which is not here.
 * Sources: RemotingProtocolServer.java, AbstractRemotingActivity.java, SendMessageActivity.java (proxy, 5.5.0), and
 * answers of a real one.
 */
import type { ReceivedFrame } from '../protocol/received-frame.js';
import { RequestCode } from '../protocol/request-codes.js';
import { ResponseCode } from '../protocol/response-codes.js';
import { decodeProperties } from '../protocol/properties.js';
import type { AccessControl } from './access-control.js';
import { amended, type Answer, type Said } from './answer.js';
import type { Broker } from './embedded-broker.js';
import { EmbeddedServer } from './embedded-server.js';
import { getRouteinfoByTopic } from './handlers/get-routeinfo-by-topic.js';
import { notSupported } from './handlers/handler.js';
import { messageTypeOf } from './message-type.js';
import type { NameServerState } from './name-server-state.js';
import type { Sender } from './sender.js';

/** In every answer. */
const PROXY_FIELDS: ReadonlyMap<string, string> = new Map([
  ['TRACE_ON', 'false'],
  ['MSG_REGION', ''],
]);

/** Sends, with the names of the fields that the proxy looks at. */
const SENDS: ReadonlyMap<number, { readonly topic: string; readonly properties: string; readonly broker: string }> =
  new Map([
    [RequestCode.SEND_MESSAGE, { topic: 'topic', properties: 'properties', broker: 'bname' }],
    [RequestCode.SEND_MESSAGE_V2, { topic: 'b', properties: 'i', broker: 'n' }],
    [RequestCode.SEND_BATCH_MESSAGE, { topic: 'b', properties: 'i', broker: 'n' }],
  ]);

/** What it answers itself, whatever brokers there are; they are told all the same, for their questions and replies. */
const OF_ALL_BROKERS: ReadonlySet<number> = new Set([RequestCode.HEART_BEAT, RequestCode.UNREGISTER_CLIENT]);

/** What it passes on to the broker that the request names. */
const FORWARDED: ReadonlySet<number> = new Set([
  ...SENDS.keys(),
  RequestCode.END_TRANSACTION,
  RequestCode.PULL_MESSAGE,
  RequestCode.GET_MAX_OFFSET,
  RequestCode.GET_MIN_OFFSET,
]);

const isKnown = (code: number): boolean =>
  code === RequestCode.GET_ROUTEINFO_BY_TOPIC || OF_ALL_BROKERS.has(code) || FORWARDED.has(code);

/** Makes the proxy of these brokers, which lets in whom they let in; it listens after `restart()`. */
export function createProxy(
  nameServer: NameServerState,
  brokers: readonly Broker[],
  access: AccessControl | undefined,
): EmbeddedServer {
  const { release } = nameServer;
  const server: EmbeddedServer = new EmbeddedServer({
    name: 'proxy',
    release,
    service: (frame, sender) => {
      const said = isKnown(frame.code)
        ? (refusalOf(frame, sender) ?? answerOf(frame, sender))
        : notSupported(frame.code);
      return amended(said, (answer) => ({ ...answer, fields: new Map([...(answer.fields ?? []), ...PROXY_FIELDS]) }));
    },
  });
  // Real ones have lost the code of the refusal on its way out.
  const refusalOf = (frame: ReceivedFrame, sender: Sender): Answer | undefined => {
    const refusal = access?.refusal(frame, sender.remoteHost);
    return refusal && { ...refusal, code: ResponseCode.SYSTEM_ERROR };
  };
  const answerOf = (frame: ReceivedFrame, sender: Sender): Said => {
    const { code } = frame;
    if (code === RequestCode.GET_ROUTEINFO_BY_TOPIC) {
      const seen = {
        release,
        brokers: [...nameServer.brokers].map((one) => ({ ...one, address: server.address, zone: undefined })),
      };
      return getRouteinfoByTopic.answer(frame, seen, sender);
    }
    if (OF_ALL_BROKERS.has(code)) {
      for (const broker of brokers) void broker.service(frame, sender);
      return { code: ResponseCode.SUCCESS };
    }
    return forward(frame, brokers, sender);
  };
  return server;
}

/** Nothing is said about a broker that nobody knows: real ones wait for it until the client has given up. */
function forward(frame: ReceivedFrame, brokers: readonly Broker[], sender: Sender): Said {
  const { fields } = frame.toCommand();
  const send = SENDS.get(frame.code);
  const name = fields.get(send?.broker ?? 'bname');
  if (name === undefined) {
    return { code: ResponseCode.VERSION_NOT_SUPPORTED, remark: "Request doesn't have field bname" };
  }
  const broker = brokers.find(({ server }) => server.name === name && server.isListening);
  if (broker === undefined) return undefined;
  if (send === undefined) return broker.service(frame, sender);
  const expected = broker.state.topics.typeOf(fields.get(send.topic) ?? '');
  const actual = messageTypeOf(decodeProperties(fields.get(send.properties) ?? ''));
  if (expected === actual || expected === 'MIXED') return broker.service(frame, sender);
  const remark = `TopicMessageType validate failed, the expected type is ${expected}, but actual type is ${actual}`;
  return { code: ResponseCode.MESSAGE_ILLEGAL, remark };
}
