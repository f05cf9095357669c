/**
 * Signs requests as the last thing before their bytes leave: it takes the finished frame, so that whatever wrote it, and
 * whatever was added to its header on the way, is covered. It decides nothing about credentials; see
 * `credential-source.ts`.
 *
 *     JSON      {"code":310,"extFields":{ ▲ "a":"group",…},…       ROCKETMQ   fixed part | length | ▲ fields
 *                                         '- AccessKey, SecurityToken, Signature go here ---------'
 */
import type { RocketMQError } from '../errors/rocketmq-error.js';
import { type AnswerHead, classifyRefusal } from '../protocol/classify-response.js';
import type { HeaderEncoding, OutgoingFrame } from '../protocol/command.js';
import { readFrame } from '../protocol/frame.js';
import { FrameBuffer } from '../protocol/frame-buffer.js';
import { encodeBinaryFields } from '../protocol/header-binary.js';
import { jsonPairs } from '../protocol/header-json.js';
import { ReceivedFrame } from '../protocol/received-frame.js';
import { violation } from '../protocol/violation.js';
import type { CredentialSource } from './credential-source.js';
import { AccessField, signatureOf } from './signature.js';
import type { SigningKey } from './signing-key.js';

const PREFIX_BYTES = 8;
const TOTAL_BYTES = 4;
/** Where the length of the remark lies in a binary frame. */
const REMARK_LENGTH_AT = PREFIX_BYTES + 13;
const COMMA = 0x2c;
const CLOSE = 0x7d;
const EXT_FIELDS = Buffer.from('"extFields":{');
/** A scratch that one large frame has made larger than this is not kept. */
const KEPT_BYTES = 256 * 1024;

export class FrameSigner {
  readonly #source: CredentialSource;
  readonly #frame = new ReceivedFrame();
  #scratch = new FrameBuffer();

  constructor(source: CredentialSource) {
    this.#source = source;
  }

  /** Why no request can be signed, and so none be sent; undefined when all can. */
  get refusal(): RocketMQError | undefined {
    return this.#source.current === undefined ? this.#source.missing : undefined;
  }

  /** Writes `frame` signed to `out`; an answer to a server's request as it is. Throws `refusal`, if there is one. */
  write(
    frame: OutgoingFrame,
    out: FrameBuffer,
    opaque: number,
    encoding: HeaderEncoding,
    requestFields?: ReadonlyMap<string, string>,
  ): void {
    const key = this.#source.current;
    if (key === undefined) throw this.#source.missing;
    const scratch = this.#scratch;
    scratch.offset = 0;
    frame.writeTo(scratch, opaque, encoding, requestFields);
    const written = scratch.bytes.subarray(0, scratch.offset);
    if (written.length > KEPT_BYTES) this.#scratch = new FrameBuffer();
    readFrame(written, 0, written.length, this.#frame);
    if (this.#frame.isResponse) append(out, written);
    else if (encoding === 'json') insertJson(out, written, this.#sign(key));
    else insertBinary(out, written, this.#sign(key));
  }

  /** A server has answered. Where it refuses the credentials, newer ones are asked for. */
  answered(answer: AnswerHead): void {
    if (classifyRefusal(answer) === 'RMQ_ACCESS_DENIED') this.#source.refused();
  }

  /** The fields to add. */
  #sign(key: SigningKey): ReadonlyMap<string, string> {
    const { version, body } = this.#frame;
    const identity = key.identity();
    const covered = new Map([...identity, ...this.#frame.fields()]);
    return new Map([...identity, [AccessField.SIGNATURE, signatureOf(covered, body, version, key.secret)]]);
  }
}

function insertJson(out: FrameBuffer, frame: Buffer, fields: ReadonlyMap<string, string>): void {
  // The code comes first, and is a number: behind it is the first comma.
  const behindCode = frame.indexOf(COMMA, PREFIX_BYTES) + 1;
  const first = behindCode + EXT_FIELDS.length;
  const hasFields = frame.subarray(behindCode, first).equals(EXT_FIELDS);
  if (behindCode === 0) throw violation('a request cannot be signed: its header has no fields');
  const pairs = jsonPairs(fields);
  if (!hasFields) insert(out, frame, behindCode, Buffer.from(`"extFields":{${pairs}},`));
  else insert(out, frame, first, Buffer.from(frame[first] === CLOSE ? pairs : `${pairs},`));
}

function insertBinary(out: FrameBuffer, frame: Buffer, fields: ReadonlyMap<string, string>): void {
  const added = encodeBinaryFields(fields);
  const lengthAt = REMARK_LENGTH_AT + 4 + frame.readInt32BE(REMARK_LENGTH_AT);
  frame.writeInt32BE(frame.readInt32BE(lengthAt) + added.length, lengthAt);
  insert(out, frame, lengthAt + 4, added);
}

/** Appends `frame` with `added` in its header at `at`. */
function insert(out: FrameBuffer, frame: Buffer, at: number, added: Buffer): void {
  frame.writeInt32BE(frame.length + added.length - TOTAL_BYTES, 0);
  frame.writeUIntBE(frame.readUIntBE(5, 3) + added.length, 5, 3);
  out.reserve(frame.length + added.length);
  const { bytes, offset } = out;
  bytes.set(frame.subarray(0, at), offset);
  bytes.set(added, offset + at);
  bytes.set(frame.subarray(at), offset + at + added.length);
  out.offset = offset + frame.length + added.length;
}

function append(out: FrameBuffer, frame: Buffer): void {
  out.reserve(frame.length);
  out.bytes.set(frame, out.offset);
  out.offset += frame.length;
}
