/**
 * One received frame, as seen by the code that reacts to it. It holds no copy of anything and parses nothing itself;
 * `readFrame` fills it.
 */
import { AnswerLayout, VALUE, VALUES } from './answer-layout.js';
import { type Command, FLAG_ONEWAY, FLAG_RESPONSE, type HeaderEncoding } from './command.js';
import { FieldIndex } from './field-index.js';

const NO_BYTES = Buffer.alloc(0);
/** Answers of another layout than the one before that must follow each other before theirs is learned. */
const STRANGE_ANSWERS = 8;

/** Reads the header in `start..end` of `bytes` into a frame that was reset. */
type ReadHeader = (bytes: Buffer, start: number, end: number, into: ReceivedFrame) => void;

/**
 * A reusable view of the frame that was read last: **valid only during the callback that hands it over**, because the
 * next frame of the connection is read into the same object. Strings it returned stay valid; `body` does not.
 */
export class ReceivedFrame {
  code = 0;
  opaque = 0;
  flag = 0;
  /** The sender's version (MQVersion ordinal); 0 when it told none. */
  version = 0;
  encoding: HeaderEncoding = 'json';
  language: string | undefined = undefined;
  /** Written by people for people: never decide by it, except in `classify-response.ts`. */
  remark: string | undefined = undefined;
  /** A view into the received bytes; empty when there is none. */
  body: Buffer = NO_BYTES;
  /** The layout of this frame, if it has that of an answer before; its numbers are then in `values`. */
  layout: AnswerLayout | undefined = undefined;
  /** See `VALUE`. */
  readonly values = new Float64Array(VALUES);

  readonly #index = new FieldIndex();
  #bytes: Buffer = NO_BYTES;
  #view: DataView = new DataView(NO_BYTES.buffer, 0, 0);
  #headerStart = 0;
  #headerEnd = 0;
  /** Reads the header of a frame that was only compared so far. */
  #readLater: ReadHeader | undefined;
  /** The layout of the answers of this connection. */
  #known: AnswerLayout | undefined;
  #strange = 0;

  /** Filled by the header readers; of a frame that has a layout, when it is asked for. */
  get index(): FieldIndex {
    const read = this.#readLater;
    if (read !== undefined) {
      this.#readLater = undefined;
      read(this.#bytes, this.#headerStart, this.#headerEnd, this);
    }
    return this.#index;
  }

  get isResponse(): boolean {
    return (this.flag & FLAG_RESPONSE) !== 0;
  }

  get isOneway(): boolean {
    return (this.flag & FLAG_ONEWAY) !== 0;
  }

  /** The value of one field of the header. */
  field(name: string): string | undefined {
    return this.index.get(name);
  }

  /** The same as a number; undefined also where it is no plain decimal of at most 15 digits. Cheaper than the text. */
  integerField(name: string): number | undefined {
    return this.index.getInteger(name);
  }

  /** A copy of all fields of the header. */
  fields(): ReadonlyMap<string, string> {
    return this.index.toMap();
  }

  /** A copy of everything, which may be kept. */
  toCommand(): Command {
    const { code, opaque, flag, version, language, remark, body } = this;
    const fields = this.fields();
    return {
      code,
      opaque,
      flag,
      version,
      language,
      remark,
      fields,
      body: body.length > 0 ? Buffer.from(body) : undefined,
    };
  }

  /** Forgets the frame before, and reads the header in `start..end` of `bytes` if it has the layout of the answers before it; false if not. */
  readByLayout(bytes: Buffer, start: number, end: number, readLater: ReadHeader): boolean {
    const known = this.#known;
    if (this.#bytes !== bytes) this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#bytes = bytes;
    this.#headerStart = start;
    this.#headerEnd = end;
    if (known === undefined || known.encoding !== this.encoding || !known.read(this.#view, start, end, this.values)) {
      this.#readLater = undefined;
      this.layout = undefined;
      return false;
    }
    this.code = known.code;
    this.opaque = this.values[VALUE.opaque] ?? 0;
    this.flag = known.flag;
    this.version = known.version;
    this.language = known.language;
    this.remark = undefined;
    this.body = NO_BYTES;
    this.layout = known;
    this.#strange = 0;
    this.#readLater = readLater;
    this.#index.reset(bytes);
    return true;
  }

  /** This frame is the ordinary answer to a send: the next ones may look like it. */
  learnLayout(): void {
    if (this.#known !== undefined && ++this.#strange < STRANGE_ANSWERS) return;
    this.#strange = 0;
    this.#known = AnswerLayout.learn(this.#bytes, this.#headerStart, this.#headerEnd, this) ?? this.#known;
  }

  /** Forgets the frame before; the fields of the next one lie in `bytes`. */
  reset(bytes: Buffer): void {
    this.code = 0;
    this.opaque = 0;
    this.flag = 0;
    this.version = 0;
    this.language = undefined;
    this.remark = undefined;
    this.body = NO_BYTES;
    this.#index.reset(bytes);
  }
}
