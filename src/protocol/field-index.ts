/**
 * Where the fields of one header lie in its bytes: a field costs nothing until it is asked for. It does not parse; the
 * header readers fill it.
 *
 *     {"queueId":"3","msgId":"7F00…"}
 *       ^     ^   ^^   ^   ^  ^    ^      spans = nameStart, nameEnd, valueStart, valueEnd of each field
 */
import { FRAME_LIMITS } from './frame-limits.js';
import { violation } from './violation.js';

const SPAN = 4;
/** Up to here a string is put together here; above, a call into the engine is cheaper (measured, Node 20). */
const SHORT = 6;
/** Up to here bytes are copied here, for the same reason. */
const COPY_FROM = 32;
const SAFE_DIGITS = 15;
const ZERO = 0x30;
const MAX_UTF8_BYTES_PER_CHARACTER = 3;
/** How `AclUtils.combineRequestContent` signs what is null (4.9.7 and 5.5.0). */
const NULL = 'null';
const NO_BYTES: Buffer = Buffer.alloc(0);

export class FieldIndex {
  #bytes = NO_BYTES;
  /** Grows when a header has more fields, up to the limit; a connection keeps one index for all its frames. */
  #spans = new Int32Array(SPAN * 16);
  #count = 0;
  /** The fields in the order of their names; kept only to be written over. */
  #order = new Int32Array(16);
  /** Names and values that are not plain ASCII in the bytes (escapes, other alphabets), or are null, by position. */
  readonly #texts = new Map<number, readonly [name: string, value: string | null]>();

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

  /**
   * Adds a field that had to be decoded. One that Java takes for null is as if it were not there, but it is signed as
   * that word, and hides an earlier one of its name. Throws above `FRAME_LIMITS.fields`.
   */
  addText(name: string, value: string | null): void {
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

  /** Where the value of a field begins and ends in the bytes; undefined where any field of the header had to be decoded. */
  spanOf(name: string): readonly [start: number, end: number] | undefined {
    const field = this.#texts.size > 0 ? -1 : this.#find(name);
    if (field === -1) return undefined;
    return [this.#spans[field * SPAN + 2] ?? 0, this.#spans[field * SPAN + 3] ?? 0];
  }

  /** All fields, copied. */
  toMap(): ReadonlyMap<string, string> {
    const fields = new Map<string, string>();
    for (let field = 0; field < this.#count; field++) {
      const value = this.#value(field);
      if (value === undefined) fields.delete(this.#name(field));
      else fields.set(this.#name(field), value);
    }
    return fields;
  }

  /** The most bytes that `writeValues` writes. */
  get maxValueBytes(): number {
    let bytes = 0;
    for (let at = 2; at < this.#count * SPAN; at += SPAN) bytes += (this.#spans[at + 1] ?? 0) - (this.#spans[at] ?? 0);
    for (const [, value] of this.#texts.values()) bytes += (value ?? NULL).length * MAX_UTF8_BYTES_PER_CHARACTER;
    return bytes;
  }

  /**
   * Writes the values to the start of `to`, as UTF-8 and without anything between them: by name, in the order of Java's
   * strings (UTF-16 code units), but for the names that are `leftOut`. Of equal names the last counts. Returns the end.
   */
  writeValues(to: Buffer, leftOut: readonly string[]): number {
    const order = this.#inOrder();
    let end = 0;
    for (let i = 0; i < this.#count; i++) {
      const field = order[i] ?? 0;
      const isLast = i + 1 === this.#count || this.#compareNames(field, order[i + 1] ?? 0) !== 0;
      if (isLast && !this.#isAnyOf(field, leftOut)) end = this.#writeValue(field, to, end);
    }
    return end;
  }

  #writeValue(field: number, to: Buffer, at: number): number {
    const decoded = this.#decoded(field);
    if (decoded !== undefined) return at + to.write(decoded[1] ?? NULL, at, 'utf8');
    const bytes = this.#bytes;
    const start = this.#spans[field * SPAN + 2] ?? 0;
    const end = this.#spans[field * SPAN + 3] ?? 0;
    if (end - start > COPY_FROM) {
      bytes.copy(to, at, start, end);
    } else {
      for (let i = start; i < end; i++) to[at + i - start] = bytes[i] ?? 0;
    }
    return at + end - start;
  }

  /** Most headers are in order already, or nearly. */
  #inOrder(): Int32Array {
    if (this.#order.length < this.#count) this.#order = new Int32Array(this.#spans.length / SPAN);
    const order = this.#order;
    for (let field = 0; field < this.#count; field++) {
      let at = field;
      for (; at > 0 && this.#compareNames(order[at - 1] ?? 0, field) > 0; at--) order[at] = order[at - 1] ?? 0;
      order[at] = field;
    }
    return order;
  }

  /** Negative where the name of `one` comes first, 0 where they are equal. */
  #compareNames(one: number, other: number): number {
    if (this.#texts.size > 0 && (this.#texts.has(one) || this.#texts.has(other))) {
      return compare(this.#name(one), this.#name(other));
    }
    const spans = this.#spans;
    const bytes = this.#bytes;
    const oneStart = spans[one * SPAN] ?? 0;
    const otherStart = spans[other * SPAN] ?? 0;
    const oneLength = (spans[one * SPAN + 1] ?? 0) - oneStart;
    const otherLength = (spans[other * SPAN + 1] ?? 0) - otherStart;
    for (let i = 0; i < oneLength && i < otherLength; i++) {
      const difference = (bytes[oneStart + i] ?? 0) - (bytes[otherStart + i] ?? 0);
      if (difference !== 0) return difference;
    }
    return oneLength - otherLength;
  }

  #isAnyOf(field: number, names: readonly string[]): boolean {
    for (const name of names) if (this.#isNamed(field, name)) return true;
    return false;
  }

  #find(name: string): number {
    let field = this.#count - 1;
    while (field >= 0 && !this.#isNamed(field, name)) field--;
    return field;
  }

  #isNamed(field: number, name: string): boolean {
    const decoded = this.#decoded(field);
    return decoded === undefined ? this.#isText(field * SPAN, name) : decoded[0] === name;
  }

  /** Whether `text` lies in the span at `at`. */
  #isText(at: number, text: string): boolean {
    const spans = this.#spans;
    const start = spans[at] ?? 0;
    const length = text.length;
    if ((spans[at + 1] ?? 0) - start !== length) return false;
    const bytes = this.#bytes;
    for (let i = 0; i < length; i++) {
      if (bytes[start + i] !== text.charCodeAt(i)) return false;
    }
    return true;
  }

  #name(field: number): string {
    return this.#decoded(field)?.[0] ?? this.#text(field * SPAN);
  }

  #value(field: number): string | undefined {
    const decoded = this.#decoded(field);
    return decoded === undefined ? this.#text(field * SPAN + 2) : (decoded[1] ?? undefined);
  }

  /** What lies in the span at `at`. */
  #text(at: number): string {
    const bytes = this.#bytes;
    const start = this.#spans[at] ?? 0;
    const end = this.#spans[at + 1] ?? 0;
    if (end - start > SHORT) return bytes.toString('latin1', start, end);
    let text = '';
    for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i] ?? 0);
    return text;
  }

  #decoded(field: number): readonly [name: string, value: string | null] | undefined {
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

function compare(one: string, other: string): number {
  return one < other ? -1 : one === other ? 0 : 1;
}
