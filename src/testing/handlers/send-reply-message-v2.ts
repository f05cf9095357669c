/**
 * SEND_REPLY_MESSAGE_V2 (325) at the broker: brings a reply to the client that asked, and stores it. A real broker answers
 * the replier when the requester has answered; this one does not wait for that.
 * Source: ReplyMessageProcessor.java (5.5.0, 4.9.7).
 */
import { MessageProperty } from '../../protocol/message-properties.js';
import { decodeProperties, encodeProperties } from '../../protocol/properties.js';
import { pushReplyMessage } from '../../protocol/requests/push-reply-message.js';
import { sendRequestFields } from '../../protocol/requests/send-message.js';
import { sendReplyMessage } from '../../protocol/requests/send-reply-message.js';
import { ResponseCode } from '../../protocol/response-codes.js';
import type { Answer } from '../answer.js';
import type { BrokerState } from '../broker-state.js';
import { checkSend, sendAnswerFields } from '../check-send.js';
import { SendAnswer } from '../send-answer.js';
import { storedProperties } from '../stored-properties.js';
import type { Handler } from './handler.js';

/** Brokers number their own requests. */
let opaque = 0;

export const sendReplyMessageV2: Handler<BrokerState> = {
  code: sendReplyMessage.code,
  answer(frame, broker, sender): Answer {
    const header = sendRequestFields.decode(frame);
    const topic = checkSend(header, broker, sender.remoteAddress);
    if ('code' in topic) return topic;
    const { major } = broker.release;
    const sent = decodeProperties(header.properties ?? '');
    const requester = sent.get(MessageProperty.REPLY_TO_CLIENT);
    if (requester === undefined) return notPushed(`reply message properties[REPLY_TO_CLIENT] is null`);
    const channel = broker.clients.channelOf(requester);
    if (channel === undefined) return notPushed(`push reply message fail, channel of <${requester}> not found.`);
    const now = Date.now();
    const added = major === 4 ? [] : [['MSG_REGION', 'DefaultRegion'] as const, ['TRACE_ON', 'true'] as const];
    const properties = new Map([...sent, ...added, [MessageProperty.PUSH_REPLY_TIME, String(now)]]);
    const push = pushReplyMessage.payload({
      ...header,
      properties: encodeProperties(properties),
      reconsumeTimes: 0,
      unitMode: false,
      bornHost: sender.remoteAddress,
      storeHost: sender.remoteAddress,
      storedAt: now,
      body: Buffer.from(frame.body),
    });
    channel.sendRequest({ code: pushReplyMessage.code, opaque: ++opaque, ...push });
    const queueId = Math.max(header.queueId, 0);
    const place = broker.store.append({
      topic: header.topic,
      queueId,
      flag: header.flag,
      sysFlag: 0,
      bornAt: header.bornAt,
      bornPort: sender.remotePort,
      reconsumeTimes: 0,
      body: frame.body,
      properties: storedProperties(header.properties ?? '', major).text,
    });
    return new SendAnswer({ ...place, queueId, transactionId: undefined });
  },
};

const notPushed = (remark: string): Answer => ({ code: ResponseCode.SYSTEM_ERROR, remark, fields: sendAnswerFields });
