/**
 * Where the fields of one received header lie in its bytes: a field costs nothing until it is asked for. It does not
 * parse; the header readers fill it.
 *
 *     {"queueId":"3","msgId":"7F00…"}
 *       ^     ^   ^^   ^   ^  ^    ^      spans = nameStart, nameEnd, valueStart, valueEnd of each field
 */
import { FRAME_LIMITS } from './frame-limits.js';
import { violation } from './violation.js';

const SPAN = 4;
/** Up to here a string is put together here; above, a call into the engine is cheaper (measured, Node 20). */
const SHORT = 6;
const SAFE_DIGITS = 15;
const ZERO = 0x30;
const NO_BYTES: Buffer = Buffer.alloc(0);

export class FieldIndex {
  #bytes = NO_BYTES;
  /** Grows when a header has more fields, up to the limit; a connection keeps one index for all its frames. */
  #spans = new Int32Array(SPAN * 16);
  #count = 0;
  /** Names and values that are not plain ASCII in the bytes (escapes, other alphabets), by position. */
  readonly #texts = new Map<number, readonly [name: string, value: string]>();

  /** Forgets everything; what is added from now on lies in `bytes`. */
  reset(bytes: Buffer): void {
    this.#bytes = bytes;
    this.clear();
  }

  /** Forgets the fields added so far. */
  clear(): void {
    this.#count = 0;
    if (this.#texts.size > 0) this.#texts.clear();
  }

  /** Adds a field whose name and value are ASCII in the bytes. Throws above `FRAME_LIMITS.fields`. */
  add(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    const at = this.#count * SPAN;
    if (at === this.#spans.length) this.#grow();
    const spans = this.#spans;
    spans[at] = nameStart;
    spans[at + 1] = nameEnd;
    spans[at + 2] = valueStart;
    spans[at + 3] = valueEnd;
    this.#count++;
  }

  /** Adds a field that had to be decoded. Throws above `FRAME_LIMITS.fields`. */
  addText(name: string, value: string): void {
    this.add(0, 0, 0, 0);
    this.#texts.set(this.#count - 1, [name, value]);
  }

  /** The value of a field, an own copy; of equal names the last counts, as in Java. */
  get(name: string): string | undefined {
    const field = this.#find(name);
    return field === -1 ? undefined : this.#value(field);
  }

  /** The value of a field that is a plain decimal of at most 15 digits, without making a text of it first. */
  getInteger(name: string): number | undefined {
    const field = this.#find(name);
    if (field === -1 || this.#texts.size > 0) return undefined;
    const bytes = this.#bytes;
    const start = this.#spans[field * SPAN + 2] ?? 0;
    const end = this.#spans[field * SPAN + 3] ?? 0;
    if (end === start || end - start > SAFE_DIGITS) return undefined;
    let value = 0;
    for (let at = start; at < end; at++) {
      const digit = (bytes[at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) return undefined;
      value = value * 10 + digit;
    }
    return value;
  }

  /** All fields, copied. */
  toMap(): ReadonlyMap<string, string> {
    const fields = new Map<string, string>();
    for (let field = 0; field < this.#count; field++) {
      const at = field * SPAN;
      const decoded = this.#texts.get(field);
      const name = decoded?.[0] ?? this.#bytes.toString('latin1', this.#spans[at], this.#spans[at + 1]);
      fields.set(name, this.#value(field));
    }
    return fields;
  }

  #find(name: string): number {
    let field = this.#count - 1;
    while (field >= 0 && !this.#isNamed(field, name)) field--;
    return field;
  }

  #isNamed(field: number, name: string): boolean {
    const decoded = this.#decoded(field);
    if (decoded !== undefined) return decoded[0] === name;
    const spans = this.#spans;
    const start = spans[field * SPAN] ?? 0;
    const length = name.length;
    if ((spans[field * SPAN + 1] ?? 0) - start !== length) return false;
    const bytes = this.#bytes;
    for (let i = 0; i < length; i++) {
      if (bytes[start + i] !== name.charCodeAt(i)) return false;
    }
    return true;
  }

  #value(field: number): string {
    const decoded = this.#decoded(field);
    if (decoded !== undefined) return decoded[1];
    const bytes = this.#bytes;
    const start = this.#spans[field * SPAN + 2] ?? 0;
    const end = this.#spans[field * SPAN + 3] ?? 0;
    if (end - start > SHORT) return bytes.toString('latin1', start, end);
    let text = '';
    for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i] ?? 0);
    return text;
  }

  #decoded(field: number): readonly [name: string, value: string] | undefined {
    return this.#texts.size === 0 ? undefined : this.#texts.get(field);
  }

  #grow(): void {
    if (this.#count === FRAME_LIMITS.fields) {
      throw violation(`the header has more than ${FRAME_LIMITS.fields} fields`, { limit: FRAME_LIMITS.fields });
    }
    const larger = new Int32Array(this.#spans.length * 2);
    larger.set(this.#spans);
    this.#spans = larger;
  }
}
