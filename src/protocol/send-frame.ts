/**
 * The hot path of a send: the frame of SEND_MESSAGE_V2, or of SEND_BATCH_MESSAGE, written straight into the bytes that
 * go to the socket. It writes the same bytes as `requests/send-message.ts` and `requests/send-batch-message.ts`, which
 * say what the fields mean; it decides nothing.
 *
 *     lengths, codes, a b c d e | f sysFlag | g bornAt | h flag | i properties | j k m n | body
 *     '-------- head ---------'                                                '- tail -'
 *
 * Head and tail do not change for one queue and are encoded once per queue object.
 */
import { CLIENT_VERSION, FLAG_ONEWAY, type HeaderEncoding, LANGUAGE } from './command.js';
import type { FrameBuffer } from './frame-buffer.js';
import { encodeBinaryHeader } from './header-binary.js';
import { jsonPairs } from './header-json.js';
import type { MessageQueue } from './message-queue.js';
import { sendBatchMessage } from './requests/send-batch-message.js';
import { sendMessage, sendRequestFields } from './requests/send-message.js';

/** What is the same for all messages of one producer. */
export interface SendFrameOptions {
  /** Of single messages; default SEND_MESSAGE_V2. */
  readonly code?: number | undefined;
  readonly group: string;
  readonly createTopicKey: string;
  readonly defaultTopicQueueNums: number;
  /** Default: false. */
  readonly unitMode?: boolean | undefined;
  /** What a topic is called on the wire; default: what its queues call it. */
  readonly topicOnWire?: ((topic: string) => string) | undefined;
  /** What every request carries besides its own fields. */
  readonly requestFields?: ReadonlyMap<string, string> | undefined;
}

/** What differs from message to message. */
export interface SendFields {
  readonly queue: MessageQueue;
  readonly sysFlag: number;
  readonly bornAt: number;
  readonly flag: number;
  /** Encoded; see `properties.ts`. */
  readonly properties: string;
  readonly body: Uint8Array;
}

/** What does not change for one queue. */
interface QueueParts {
  readonly binaryHead: Buffer;
  readonly binaryTail: Buffer;
  readonly jsonHead: Buffer;
  readonly jsonTail: Buffer;
}

const HEAD_FIELDS = ['a', 'b', 'c', 'd', 'e'];
const TAIL_FIELDS = ['j', 'k', 'l', 'm', 'n'];

/** Where the parts of a binary frame lie; see the pictures in `frame.ts` and `header-binary.ts`. */
const PREFIX_BYTES = 8;
const OPAQUE_AT = 13;
const FLAG_AT = 17;
const FIELDS_LENGTH_AT = 25;
const FIELDS_AT = 29;
const BINARY_TYPE = 1;

const MAX_UTF8_BYTES_PER_CHARACTER = 3;
/** Names, lengths and digits of f, g, h, and the name and length of i; in JSON also opaque and version. */
const MAX_BETWEEN_BYTES = 256;

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');
const JSON_BORN_AT = ascii('","g":"');
const JSON_FLAG = ascii('","h":"');
const JSON_PROPERTIES = ascii('","i":');
const JSON_OPAQUE = ascii(`,"language":"${LANGUAGE.name}","opaque":`);
const JSON_END = ascii(`,"serializeTypeCurrentRPC":"JSON","version":${CLIENT_VERSION}}`);

const SYS_FLAG_NAME = 0x66;
const BORN_AT_NAME = 0x67;
const FLAG_NAME = 0x68;
const PROPERTIES_NAME = 0x69;
const ZERO = 0x30;

export class SendFrameEncoder {
  readonly #options: SendFrameOptions;
  /** Weak, because routes and their queues are replaced all the time. */
  readonly #parts = new WeakMap<MessageQueue, QueueParts>();
  readonly #batchParts = new WeakMap<MessageQueue, QueueParts>();
  #bornAt = Number.NaN;
  #bornAtDigits = ascii('');

  constructor(options: SendFrameOptions) {
    this.#options = options;
  }

  /** Appends the frame of one message to `out`. */
  write(out: FrameBuffer, opaque: number, encoding: HeaderEncoding, isOneway: boolean, send: SendFields): void {
    const parts = this.#parts.get(send.queue) ?? this.#encodeParts(send.queue, this.#options.code ?? sendMessage.code);
    this.#write(out, opaque, encoding, isOneway, send, parts);
  }

  /** The same for a batch: its body is of `batch-body.ts`, its sysFlag holds for all members. */
  writeBatch(out: FrameBuffer, opaque: number, encoding: HeaderEncoding, send: SendFields): void {
    const parts = this.#batchParts.get(send.queue) ?? this.#encodeParts(send.queue, sendBatchMessage.code);
    this.#write(out, opaque, encoding, false, send, parts);
  }

  #write(
    out: FrameBuffer,
    opaque: number,
    encoding: HeaderEncoding,
    isOneway: boolean,
    send: SendFields,
    parts: QueueParts,
  ): void {
    if (send.bornAt !== this.#bornAt) {
      this.#bornAt = send.bornAt;
      this.#bornAtDigits = ascii(String(send.bornAt));
    }
    const flag = isOneway ? FLAG_ONEWAY : 0;
    if (encoding === 'binary') this.#writeBinary(out, opaque, flag, send, parts);
    else this.#writeJson(out, opaque, flag, send, parts);
  }

  #writeBinary(out: FrameBuffer, opaque: number, flag: number, send: SendFields, parts: QueueParts): void {
    const { properties, body } = send;
    const { binaryHead, binaryTail } = parts;
    const maxProperties = properties.length * MAX_UTF8_BYTES_PER_CHARACTER;
    out.reserve(binaryHead.length + MAX_BETWEEN_BYTES + maxProperties + binaryTail.length + body.length);
    const { bytes, offset } = out;
    bytes.set(binaryHead, offset);
    putInt32(bytes, offset + OPAQUE_AT, opaque);
    putInt32(bytes, offset + FLAG_AT, flag);
    let at = putBinaryNumber(bytes, offset + binaryHead.length, SYS_FLAG_NAME, send.sysFlag);
    at = putBytes(bytes, putBinaryName(bytes, at, BORN_AT_NAME, this.#bornAtDigits.length), this.#bornAtDigits);
    at = putBinaryNumber(bytes, at, FLAG_NAME, send.flag);
    const propertyBytes = bytes.write(properties, at + 7, 'utf8');
    // An empty value is no field in this header; see header-binary.ts.
    if (propertyBytes > 0) at = putBinaryName(bytes, at, PROPERTIES_NAME, propertyBytes) + propertyBytes;
    bytes.set(binaryTail, at);
    at += binaryTail.length;
    putInt32(bytes, offset + FIELDS_LENGTH_AT, at - offset - FIELDS_AT);
    finish(out, at, BINARY_TYPE, body);
  }

  #writeJson(out: FrameBuffer, opaque: number, flag: number, send: SendFields, parts: QueueParts): void {
    const { body } = send;
    const { jsonHead, jsonTail } = parts;
    const properties = JSON.stringify(send.properties);
    const maxProperties = properties.length * MAX_UTF8_BYTES_PER_CHARACTER;
    out.reserve(jsonHead.length + MAX_BETWEEN_BYTES + maxProperties + jsonTail.length + body.length);
    const { bytes, offset } = out;
    bytes.set(jsonHead, offset);
    let at = putDecimal(bytes, offset + jsonHead.length, send.sysFlag);
    at = putBytes(bytes, putBytes(bytes, at, JSON_BORN_AT), this.#bornAtDigits);
    at = putDecimal(bytes, putBytes(bytes, at, JSON_FLAG), send.flag);
    at = putBytes(bytes, at, JSON_PROPERTIES);
    at += bytes.write(properties, at, 'utf8');
    bytes.set(jsonTail, at);
    at = putDecimal(bytes, at + jsonTail.length, flag);
    at = putDecimal(bytes, putBytes(bytes, at, JSON_OPAQUE), opaque);
    at = putBytes(bytes, at, JSON_END);
    finish(out, at, 0, body);
  }

  #encodeParts(queue: MessageQueue, code: number): QueueParts {
    const isBatch = code === sendBatchMessage.code;
    const { group, createTopicKey, defaultTopicQueueNums, unitMode = false, topicOnWire } = this.#options;
    const fields = sendRequestFields.encode({
      producerGroup: group,
      topic: topicOnWire === undefined ? queue.topic : topicOnWire(queue.topic),
      defaultTopic: createTopicKey,
      defaultTopicQueueNums,
      queueId: queue.queueId,
      sysFlag: 0,
      bornAt: 0,
      flag: 0,
      reconsumeTimes: 0,
      unitMode,
      isBatch,
      brokerName: queue.brokerName,
    });
    const head = new Map([...fields].filter(([name]) => HEAD_FIELDS.includes(name)));
    const tail = new Map([
      ...[...fields].filter(([name]) => TAIL_FIELDS.includes(name)),
      ...(this.#options.requestFields ?? []),
    ]);
    const parts = {
      binaryHead: Buffer.concat([Buffer.alloc(PREFIX_BYTES), binaryHeader(code, head)]),
      binaryTail: binaryHeader(code, tail).subarray(FIELDS_AT - PREFIX_BYTES),
      jsonHead: Buffer.concat([
        Buffer.alloc(PREFIX_BYTES),
        Buffer.from(`{"code":${code},"extFields":{${jsonPairs(head)},"f":"`),
      ]),
      jsonTail: Buffer.from(`,${jsonPairs(tail)}},"flag":`),
    };
    (isBatch ? this.#batchParts : this.#parts).set(queue, parts);
    return parts;
  }
}

function binaryHeader(code: number, fields: ReadonlyMap<string, string>): Buffer {
  const sender = { language: LANGUAGE.name, version: CLIENT_VERSION };
  return encodeBinaryHeader({
    ...sender,
    code,
    opaque: 0,
    flag: 0,
    remark: undefined,
    fields,
    body: undefined,
  });
}

/** Appends the body behind the header that ends at `at`, and writes the lengths at the start of the frame. */
function finish(out: FrameBuffer, at: number, type: number, body: Uint8Array): void {
  const { bytes, offset } = out;
  const end = at + body.length;
  bytes.set(body, at);
  putInt32(bytes, offset, end - offset - 4);
  putInt32(bytes, offset + 4, at - offset - PREFIX_BYTES);
  bytes[offset + 4] = type;
  out.offset = end;
}

function putInt32(bytes: Buffer, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** Returns where the value goes. */
function putBinaryName(bytes: Buffer, at: number, name: number, valueBytes: number): number {
  bytes[at] = 0;
  bytes[at + 1] = 1;
  bytes[at + 2] = name;
  putInt32(bytes, at + 3, valueBytes);
  return at + 7;
}

function putBinaryNumber(bytes: Buffer, at: number, name: number, value: number): number {
  const end = putDecimal(bytes, at + 7, value);
  putBinaryName(bytes, at, name, end - at - 7);
  return end;
}

function putDecimal(bytes: Buffer, at: number, value: number): number {
  if (value >= 0 && value <= 9) {
    bytes[at] = ZERO + value;
    return at + 1;
  }
  return at + bytes.write(String(value), at, 'latin1');
}

/** For a few bytes a loop costs less than a call into the engine. */
function putBytes(bytes: Buffer, at: number, from: Buffer): number {
  for (let i = 0; i < from.length; i++) bytes[at + i] = from[i] ?? 0;
  return at + from.length;
}
