/**
 * The answer to a send that was stored: what an embedded broker says a hundred thousand times a second. It is an answer
 * like any other, but writes its own frame in JSON, the same bytes as `writeFrame`, without a map in between.
 */
import { FLAG_RESPONSE } from '../protocol/command.js';
import type { FrameBuffer } from '../protocol/frame-buffer.js';
import { FRAME_LIMITS } from '../protocol/frame.js';
import { sendMessage } from '../protocol/requests/send-message.js';
import { ResponseCode } from '../protocol/response-codes.js';
import type { Answer } from './answer.js';
import { REGION_ID } from './broker-state.js';

interface StoredSend {
  /** Of each message one, joined by commas. */
  readonly offsetMsgId: string;
  readonly queueId: number;
  /** Of the first message. */
  readonly queueOffset: number;
  readonly transactionId: string | undefined;
  /** Of timers only. */
  readonly recallHandle?: string | undefined;
  /** Of a batch that was stored as one record. */
  readonly batchUniqId?: string | undefined;
}

const PREFIX_BYTES = FRAME_LIMITS.prefixBytes;
const TOTAL_BYTES = 4;
/** What JSON takes between quotes as it is, in one byte. */
const PLAIN = /^[ !#-[\]-~]*$/;

export class SendAnswer implements Answer {
  readonly code = ResponseCode.SUCCESS;
  readonly remark = undefined;
  readonly body = undefined;
  readonly #stored: StoredSend;

  constructor(stored: StoredSend) {
    this.#stored = stored;
  }

  get fields(): ReadonlyMap<string, string> {
    const { queueOffset, ...stored } = this.#stored;
    const rest = { status: 'SEND_OK', queueOffset: BigInt(queueOffset), regionId: REGION_ID, traceOn: 'true' } as const;
    return sendMessage.response({ ...stored, ...rest }).fields;
  }

  /** The same about the queue of a static topic, whose offsets are not those of the queue where the messages lie. */
  inLogicalQueue(queueId: number, begins: number): SendAnswer {
    return new SendAnswer({ ...this.#stored, queueId, queueOffset: this.#stored.queueOffset + begins });
  }

  /** Appends the frame with a JSON header. False, and nothing appended, for unusual ones. */
  writeJson(out: FrameBuffer, opaque: number, version: number): boolean {
    const { offsetMsgId, queueId, queueOffset, transactionId, recallHandle, batchUniqId } = this.#stored;
    if (recallHandle !== undefined || batchUniqId !== undefined) return false;
    if (transactionId !== undefined && !PLAIN.test(transactionId)) return false;
    const transaction = transactionId === undefined ? '' : `,"transactionId":"${transactionId}"`;
    const header =
      `{"code":0,"extFields":{"msgId":"${offsetMsgId}","queueId":"${queueId}","queueOffset":"${queueOffset}"` +
      `${transaction},"MSG_REGION":"${REGION_ID}","TRACE_ON":"true"},"flag":${FLAG_RESPONSE},"language":"JAVA",` +
      `"opaque":${opaque},"serializeTypeCurrentRPC":"JSON","version":${version}}`;
    const frameBytes = PREFIX_BYTES + header.length;
    out.reserve(frameBytes);
    const { bytes, offset } = out;
    bytes.writeInt32BE(frameBytes - TOTAL_BYTES, offset);
    // The type byte of JSON is 0, so the length of the header may fill all four bytes.
    bytes.writeInt32BE(header.length, offset + TOTAL_BYTES);
    bytes.write(header, offset + PREFIX_BYTES, 'latin1');
    out.offset = offset + frameBytes;
    return true;
  }
}
