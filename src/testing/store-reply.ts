/**
 * What a broker does with a reply: brings it to the client that asked, waits for what that says, stores it whatever that
 * was, and answers the replier. Both ways to send one come here; they differ in their headers only.
 * Source: ReplyMessageProcessor.java, Broker2Client.java (5.5.0, 4.9.7), and answers of both.
 */
import { MessageProperty } from '../protocol/message-properties.js';
import { decodeProperties, encodeProperties } from '../protocol/properties.js';
import { pushReplyMessage } from '../protocol/requests/push-reply-message.js';
import { ResponseCode } from '../protocol/response-codes.js';
import { MAX_PROPERTIES_BYTES } from '../protocol/stored-limits.js';
import type { Answer } from './answer.js';
import { type BrokerState, REGION_ID } from './broker-state.js';
import { checkSend, noBody, sendAnswerFields } from './check-send.js';
import type { Place } from './message-store.js';
import { SendAnswer } from './send-answer.js';
import type { Sender } from './sender.js';
import type { Send } from './store-send.js';

/** `callClient` waits no longer, also where the connection of the requester is gone meanwhile. */
const PUSH_LIMIT_MS = 10_000;

/** What is said of a reply that was brought, and not stored. */
const NOWHERE: Place = { queueOffset: 0, offsetMsgId: '0' };

/** Brings a reply to its requester, and stores it; or refuses it at once. */
export function storeReply(send: Send, broker: BrokerState): Answer | Promise<Answer> {
  const { header, body, sender } = send;
  const { major } = broker.release;
  if (body.length === 0 && major === 5) return noBody();
  const topic = checkSend(header, broker, sender.remoteAddress);
  if ('code' in topic) return topic;
  const sent = decodeProperties(header.properties ?? '');
  const properties = major === 4 ? sent : new Map([...sent, ['MSG_REGION', REGION_ID], ['TRACE_ON', 'true']]);
  const requester = sent.get(MessageProperty.REPLY_TO_CLIENT);
  // Of what was received nothing stays as it is.
  const kept = { ...send, body: Buffer.from(body) };
  const answered = (problem?: string): Answer => stored(kept, properties, problem, broker);
  if (requester === undefined) return answered('reply message properties[REPLY_TO_CLIENT] is null');
  const channel = broker.clients.channelOf(requester);
  if (channel === undefined) return answered(`push reply message fail, channel of <${requester}> not found.`);
  return push(kept, properties, channel, broker).then((code) =>
    answered(code === ResponseCode.SUCCESS ? undefined : `push reply message to ${requester}fail.`),
  );
}

/** Resolves with the code of the requester's answer, if one comes. */
function push(
  { header, body, sender }: Send,
  properties: ReadonlyMap<string, string>,
  channel: Sender,
  broker: BrokerState,
): Promise<number | undefined> {
  const now = Date.now();
  const { host, port } = broker.store.storeHost;
  const pushed = pushReplyMessage.payload({
    ...header,
    properties: encodeProperties([...properties, [MessageProperty.PUSH_REPLY_TIME, String(now)]]),
    reconsumeTimes: header.reconsumeTimes ?? 0,
    unitMode: header.unitMode ?? false,
    bornHost: sender.remoteAddress,
    storeHost: `${host}:${port}`,
    storedAt: now,
    body,
  });
  return channel.ask({ code: pushReplyMessage.code, ...pushed }, PUSH_LIMIT_MS);
}

/** It is stored also where it could not be brought, and what is said does not depend on whether it could be. */
function stored(
  { header, body, sender }: Send,
  properties: ReadonlyMap<string, string>,
  problem: string | undefined,
  broker: BrokerState,
): Answer {
  const queueId = Math.max(header.queueId, 0);
  const place = append({ header, body, sender }, encodeProperties(properties), queueId, broker);
  if (problem === undefined) return new SendAnswer({ ...(place ?? NOWHERE), queueId, transactionId: undefined });
  const fields = place && new SendAnswer({ ...place, queueId, transactionId: undefined }).fields;
  return { code: ResponseCode.SYSTEM_ERROR, remark: problem, fields: fields ?? sendAnswerFields };
}

function append({ header, body, sender }: Send, properties: string, queueId: number, broker: BrokerState) {
  if (Buffer.byteLength(properties) > MAX_PROPERTIES_BYTES) return undefined;
  return broker.store.append({
    topic: header.topic,
    queueId,
    flag: header.flag,
    sysFlag: 0,
    bornAt: header.bornAt,
    bornPort: sender.remotePort,
    reconsumeTimes: header.reconsumeTimes ?? 0,
    body,
    properties,
  });
}
