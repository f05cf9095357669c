/**
 * The hot path of the answer to a send: what `requests/send-message.ts` decodes from it, without walking the table. It
 * knows only the ordinary answer; whatever is unusual about one is left to the table.
 */
import { type AnswerLayout, idTail, VALUE } from './answer-layout.js';
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
  const { layout, values } = frame;
  if (status !== undefined && layout !== undefined && isQueueId(values[VALUE.queueId])) {
    return new LaidOutAnswer(status, layout, values);
  }
  const { index } = frame;
  const offsetMsgId = index.get('msgId');
  const queueId = index.getInteger('queueId');
  const queueOffset = index.getInteger('queueOffset');
  if (status === undefined || offsetMsgId === undefined || queueOffset === undefined || !isQueueId(queueId)) {
    return call.decodeResponse(frame);
  }
  frame.learnLayout();
  return {
    status,
    offsetMsgId,
    queueId,
    queueOffset: BigInt(queueOffset),
    regionId: index.get('MSG_REGION'),
    transactionId: index.get('transactionId'),
    recallHandle: isTimer ? index.get('recallHandle') : undefined,
  };
}

/** An answer of a known layout, of which is kept what differs; the rest is put together when somebody asks for it. */
class LaidOutAnswer implements SendAnswer {
  readonly status: SendStatus;
  readonly queueId: number;
  readonly recallHandle = undefined;
  readonly #layout: AnswerLayout;
  readonly #queueOffset: number;
  readonly #offsetMsgId: number;
  readonly #offsetMsgIdLow: number;
  readonly #transactionId: number;
  readonly #transactionIdLow: number;

  constructor(status: SendStatus, layout: AnswerLayout, values: Float64Array) {
    this.status = status;
    this.#layout = layout;
    this.queueId = values[VALUE.queueId] ?? 0;
    this.#queueOffset = values[VALUE.queueOffset] ?? 0;
    this.#offsetMsgId = values[VALUE.offsetMsgId] ?? 0;
    this.#offsetMsgIdLow = values[VALUE.offsetMsgId + 1] ?? 0;
    this.#transactionId = values[VALUE.transactionId] ?? 0;
    this.#transactionIdLow = values[VALUE.transactionId + 1] ?? 0;
  }

  get queueOffset(): bigint {
    return BigInt(this.#queueOffset);
  }

  get offsetMsgId(): string {
    return this.#layout.offsetMsgIdHead + idTail(this.#offsetMsgId, this.#offsetMsgIdLow);
  }

  get regionId(): string | undefined {
    return this.#layout.regionId;
  }

  get transactionId(): string | undefined {
    const head = this.#layout.transactionIdHead;
    return head === undefined ? undefined : head + idTail(this.#transactionId, this.#transactionIdLow);
  }
}

const isQueueId = (queueId: number | undefined): queueId is number =>
  queueId !== undefined && queueId === (queueId | 0);
