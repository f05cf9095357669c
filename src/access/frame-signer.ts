/**
 * Signs requests as the last thing before their bytes leave: it takes the finished frame, so that whatever wrote it, and
 * whatever was added to its header on the way, is covered. It decides nothing about credentials; see
 * `credential-source.ts`.
 *
 *     JSON      {"code":310,"extFields":{ ▲ "a":"group",…},…       ROCKETMQ   fixed part | length | ▲ fields
 *                                         '- AccessKey, SecurityToken, Signature go here ---------'
 */
import type { RocketMQError } from '../errors/rocketmq-error.js';
import { frameTooLarge } from '../protocol/frame-limits.js';
import { type AnswerHead, classifyRefusal } from '../protocol/classify-response.js';
import type { HeaderEncoding, OutgoingFrame } from '../protocol/command.js';
import { readFrame } from '../protocol/frame.js';
import { FrameBuffer } from '../protocol/frame-buffer.js';
import { ReceivedFrame } from '../protocol/received-frame.js';
import type { CredentialSource } from './credential-source.js';
import { Signatures } from './signature.js';
import type { Addition, SigningKey } from './signing-key.js';

const PREFIX_BYTES = 8;
const TOTAL_BYTES = 4;
const TYPE_AT = 4;
const BINARY = 1;
/** Where the length of the remark lies in a binary frame. */
const REMARK_LENGTH_AT = PREFIX_BYTES + 13;
const COMMA = 0x2c;
/** Fields are never empty where they are written. */
const EXT_FIELDS = Buffer.from('"extFields":{"');
/** A scratch that one large frame has made larger than this is not kept. */
const KEPT_BYTES = 256 * 1024;

export class FrameSigner {
  readonly #source: CredentialSource;
  readonly #frame = new ReceivedFrame();
  readonly #signatures = new Signatures();
  #scratch = new FrameBuffer();

  constructor(source: CredentialSource) {
    this.#source = source;
  }

  /** Why no request can be signed, and so none be sent; undefined when all can. */
  get refusal(): RocketMQError | undefined {
    return this.#source.current === undefined ? this.#source.missing : undefined;
  }

  /**
   * Writes `frame` signed to `out`; an answer to a server's request as it is. Throws `refusal`, if there is one, and
   * RMQ_MESSAGE_TOO_LARGE for what no server would read; nothing is written then.
   */
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
    const { bytes, offset: end } = scratch;
    if (end > KEPT_BYTES) this.#scratch = new FrameBuffer();
    const { binary, json, jsonFirst } = key.additions;
    if (encoding === 'binary') {
      this.#writeSigned(key, out, bytes, end, binaryFieldsAt(bytes), binary);
    } else {
      const at = jsonFieldsAt(bytes, end);
      if (hasJsonFields(bytes, at)) this.#writeSigned(key, out, bytes, end, at + EXT_FIELDS.length - 1, json);
      else this.#writeSigned(key, out, bytes, end, at, jsonFirst);
    }
  }

  /** Appends the frame that ends at `end` of `plain`, with the addition in its header at `at`. */
  #writeSigned(key: SigningKey, out: FrameBuffer, plain: Buffer, end: number, at: number, added: Addition): void {
    const addedBytes = added.bytes.length;
    const tooLarge = frameTooLarge(end + addedBytes);
    if (tooLarge !== undefined) throw tooLarge;
    out.reserve(end + addedBytes);
    const { bytes, offset } = out;
    const addedAt = offset + at;
    const signedEnd = offset + end + addedBytes;
    plain.copy(bytes, offset, 0, at);
    bytes.set(added.bytes, addedAt);
    plain.copy(bytes, addedAt + addedBytes, at, end);
    bytes.writeInt32BE(signedEnd - offset - TOTAL_BYTES, offset);
    bytes.writeUIntBE(plain.readUIntBE(5, 3) + addedBytes, offset + 5, 3);
    if (plain[TYPE_AT] === BINARY) bytes.writeInt32BE(plain.readInt32BE(at - 4) + addedBytes, addedAt - 4);
    readFrame(bytes, offset, signedEnd, this.#frame);
    if (this.#frame.isResponse) {
      plain.copy(bytes, offset, 0, end);
      out.offset = offset + end;
    } else {
      putAscii(bytes, addedAt + added.signatureAt, this.#signatures.of(this.#frame, key.secret));
      out.offset = signedEnd;
    }
  }

  /** A server has answered. Where it refuses the credentials, newer ones are asked for. */
  answered(answer: AnswerHead): void {
    if (classifyRefusal(answer) === 'RMQ_ACCESS_DENIED') this.#source.refused();
  }
}

/** Where the fields of a binary frame begin. */
const binaryFieldsAt = (frame: Buffer): number => REMARK_LENGTH_AT + 4 + frame.readInt32BE(REMARK_LENGTH_AT) + 4;

/** Where the fields of a JSON frame begin, or would: the code comes first, and is a number; behind it is the first comma. */
function jsonFieldsAt(frame: Buffer, end: number): number {
  let at = PREFIX_BYTES;
  while (at < end && frame[at] !== COMMA) at++;
  return at + 1;
}

function hasJsonFields(frame: Buffer, at: number): boolean {
  for (let i = 0; i < EXT_FIELDS.length; i++) if (frame[at + i] !== EXT_FIELDS[i]) return false;
  return true;
}

function putAscii(bytes: Buffer, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}
