/**
 * One received frame, as seen by the code that reacts to it. It holds no copy of anything and parses nothing itself;
 * `readFrame` fills it.
 */
import { type Command, FLAG_ONEWAY, FLAG_RESPONSE, type HeaderEncoding } from './command.js';
import { FieldIndex } from './field-index.js';

const NO_BODY = Buffer.alloc(0);

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
  body: Buffer = NO_BODY;
  /** Filled by the header readers. */
  readonly index = new FieldIndex();

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

  /** Forgets the frame before; the fields of the next one lie in `bytes`. */
  reset(bytes: Buffer): void {
    this.code = 0;
    this.opaque = 0;
    this.flag = 0;
    this.version = 0;
    this.language = undefined;
    this.remark = undefined;
    this.body = NO_BODY;
    this.index.reset(bytes);
  }
}
