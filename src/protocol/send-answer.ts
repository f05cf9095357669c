/**
 * The hot path of the answer to a send: what `requests/send-message.ts` decodes from it, without walking the table. It
 * knows only the ordinary answer; whatever is unusual about one is left to the table.
 */
import { type SendStatus, sendStatuses } from './classify-response.js';
import type { ReceivedFrame } from './received-frame.js';
import { sendMessage } from './requests/send-message.js';

/** Where and how a broker stored a message. */
export interface SendAnswer {
  readonly status: SendStatus;
  readonly offsetMsgId: string;
  readonly queueId: number;
  readonly queueOffset: bigint;
  readonly regionId?: string | undefined;
  readonly transactionId?: string | undefined;
  readonly recallHandle?: string | undefined;
}

/** Throws as `call.decodeResponse`. Only a timer message can have got a recall handle: nobody else looks for one. */
export function readSendAnswer(frame: ReceivedFrame, isTimer = false, call = sendMessage): SendAnswer {
  const status = sendStatuses.get(frame.code);
  const offsetMsgId = frame.field('msgId');
  const queueId = frame.index.getInteger('queueId');
  const queueOffset = frame.index.getInteger('queueOffset');
  if (status === undefined || offsetMsgId === undefined || queueOffset === undefined || !isQueueId(queueId)) {
    return call.decodeResponse(frame);
  }
  return {
    status,
    offsetMsgId,
    queueId,
    queueOffset: BigInt(queueOffset),
    regionId: readRegion(frame),
    transactionId: frame.field('transactionId'),
    recallHandle: isTimer ? frame.field('recallHandle') : undefined,
  };
}

/** Of the answer before: few brokers are in more than one. */
let lastRegion = '';

function readRegion(frame: ReceivedFrame): string | undefined {
  const region = frame.index.getLikely('MSG_REGION', lastRegion);
  if (region !== undefined) lastRegion = region;
  return region;
}

const isQueueId = (queueId: number | undefined): queueId is number =>
  queueId !== undefined && queueId === (queueId | 0);
