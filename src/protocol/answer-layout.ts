/**
 * The layout of a broker's answers to sends: but for a few numbers they are the same byte by byte, so that the next one
 * is compared with the last one instead of being parsed. A layout is learned from an answer that was parsed; whatever
 * differs in anything but those numbers is not of the layout, and is parsed. It decides nothing about answers.
 *
 *     {"code":0,"extFields":{"queueId":"3","msgId":"7F00000100002A9F00000000000004D2","queueOffset":"17"},…,"opaque":81,…
 *     '------- literal ---------------' ^ '------ literal --------------' '---------' '-literal----' ^^ '--literal-' ^^
 *                                    decimal                           twelve hex digits          decimal         decimal
 *
 * Ids keep their first digits (an address, a process) and count in the last twelve.
 */
import type { HeaderEncoding } from './command.js';
import type { FieldIndex } from './field-index.js';

/** Where the number of a slot goes in the values of an answer; an id takes two places, six digits each. */
export const VALUE = { opaque: 0, queueId: 1, queueOffset: 2, offsetMsgId: 3, transactionId: 5 } as const;
/** How many values an answer has. */
export const VALUES = 7;

/** Digits up to something else; the same behind their length in four bytes; hexadecimal; an int32; the bytes left. */
const DECIMAL = 0;
const SIZED_DECIMAL = 1;
const HEX = 2;
const INT32 = 3;
const REST = 4;

const ID_DIGITS = 12;
const HALF_DIGITS = 6;
const MAX_DECIMAL_DIGITS = 15;
const ZERO = 0x30;
const LENGTH_BYTES = 4;
const WORD_BYTES = 4;

/** Where the parts of a binary header lie; see the picture in `header-binary.ts`. */
const BINARY_OPAQUE_AT = 5;
const BINARY_FLAG_AT = 9;
const BINARY_FIELDS_LENGTH_AT = 17;

const JSON_OPAQUE = '"opaque":';

/** The value of an upper-case hexadecimal digit; above 15 for any other byte. */
const HEX_DIGITS = new Uint8Array(256).fill(0xff);
for (const [value, digit] of [...Buffer.from('0123456789ABCDEF')].entries()) HEX_DIGITS[digit] = value;

/** A parsed answer, as `AnswerLayout.learn` sees it. */
export interface ParsedAnswer {
  readonly code: number;
  readonly flag: number;
  readonly version: number;
  readonly language: string | undefined;
  readonly remark: string | undefined;
  readonly opaque: number;
  readonly encoding: HeaderEncoding;
  readonly index: FieldIndex;
}

/** One number that differs from answer to answer, and the bytes that it and its length take. */
interface Slot {
  readonly kind: number;
  readonly value: number;
  readonly start: number;
  readonly end: number;
}

export class AnswerLayout {
  readonly code: number;
  readonly flag: number;
  readonly version: number;
  readonly language: string | undefined;
  readonly encoding: HeaderEncoding;
  readonly regionId: string | undefined;
  /** Of the offset message ids: all but the last twelve digits. */
  readonly offsetMsgIdHead: string;
  /** Of the transaction ids; undefined where the answers have none. */
  readonly transactionIdHead: string | undefined;
  /** The literals, each of none or at least four bytes, in words of four; the last word of each is its last four bytes, overlapping the one before. */
  readonly #words: Int32Array;
  /** How many bytes each literal takes; a slot follows each of them but the last. */
  readonly #lengths: Int32Array;
  readonly #kinds: Uint8Array;
  /** Where the number of each slot goes. */
  readonly #places: Uint8Array;

  private constructor(answer: ParsedAnswer, literals: readonly Buffer[], slots: readonly Slot[], ids: AnswerIds) {
    this.code = answer.code;
    this.flag = answer.flag;
    this.version = answer.version;
    this.language = answer.language;
    this.encoding = answer.encoding;
    this.regionId = answer.index.get('MSG_REGION');
    this.offsetMsgIdHead = ids.offsetMsgIdHead;
    this.transactionIdHead = ids.transactionIdHead;
    this.#words = Int32Array.from(literals.flatMap(wordsOf));
    this.#lengths = Int32Array.from(literals, ({ length }) => length);
    this.#kinds = Uint8Array.from(slots, ({ kind }) => kind);
    this.#places = Uint8Array.from(slots, ({ value }) => value);
  }

  /**
   * The layout of the answer whose header lies in `start..end` of `bytes`, which was parsed without anything unusual;
   * undefined where it is no ordinary answer to a send.
   */
  static learn(bytes: Buffer, start: number, end: number, answer: ParsedAnswer): AnswerLayout | undefined {
    const { index } = answer;
    if (answer.remark !== undefined || answer.opaque < 0 || index.get('recallHandle') !== undefined) return undefined;
    const header = bytes.subarray(start, end);
    const isJson = answer.encoding === 'json';
    const frameSlots = isJson ? jsonSlots(header) : binarySlots();
    const queueId = decimalSlot(index, 'queueId', VALUE.queueId, start, isJson);
    const queueOffset = decimalSlot(index, 'queueOffset', VALUE.queueOffset, start, isJson);
    const offsetMsgId = idSlot(index, 'msgId', VALUE.offsetMsgId, start);
    const transactionId = idSlot(index, 'transactionId', VALUE.transactionId, start);
    const hasOddId = transactionId === undefined && index.get('transactionId') !== undefined;
    if (frameSlots === undefined || queueId === undefined || queueOffset === undefined) return undefined;
    if (offsetMsgId === undefined || hasOddId) return undefined;
    const slots = [...frameSlots, queueId, queueOffset, offsetMsgId];
    if (transactionId !== undefined) slots.push(transactionId);
    slots.sort((a, b) => a.start - b.start);
    const ids = {
      offsetMsgIdHead: index.get('msgId')?.slice(0, -ID_DIGITS) ?? '',
      transactionIdHead: index.get('transactionId')?.slice(0, -ID_DIGITS),
    };
    const starts = [0, ...slots.map((slot) => slot.end)];
    const literals = starts.map((from, i) => header.subarray(from, slots[i]?.start ?? header.length));
    if (literals.some(({ length }) => length > 0 && length < WORD_BYTES)) return undefined;
    const layout = new AnswerLayout(answer, literals, slots, ids);
    // What it would not even recognise itself in is no layout.
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const values = new Float64Array(VALUES);
    const isItself = layout.read(view, start, end, values) && values[VALUE.opaque] === answer.opaque;
    return isItself ? layout : undefined;
  }

  /** Whether the header in `start..end` is of this layout; its numbers are then in `values`. */
  read(bytes: DataView, start: number, end: number, values: Float64Array): boolean {
    const words = this.#words;
    const lengths = this.#lengths;
    const kinds = this.#kinds;
    const slots = kinds.length;
    let at = start;
    let word = 0;
    for (let slot = 0; ; slot++) {
      // Every read stays in the header: the words of a literal, and below what a slot takes at most.
      const literalEnd = at + (lengths[slot] ?? 0);
      if (literalEnd > end) return false;
      if (at < literalEnd) {
        for (; at + WORD_BYTES < literalEnd; at += WORD_BYTES, word++) {
          if (bytes.getInt32(at, true) !== words[word]) return false;
        }
        if (bytes.getInt32(literalEnd - WORD_BYTES, true) !== words[word++]) return false;
        at = literalEnd;
      }
      if (slot === slots) return at === end && isInt32(values[VALUE.opaque]);
      const value = this.#places[slot] ?? 0;
      switch (kinds[slot]) {
        case HEX: {
          if (at + ID_DIGITS > end) return false;
          const high = hexAt(bytes, at);
          const low = hexAt(bytes, at + HALF_DIGITS);
          if (high < 0 || low < 0) return false;
          values[value] = high;
          values[value + 1] = low;
          at += ID_DIGITS;
          break;
        }
        case DECIMAL: {
          const first = at;
          let number = 0;
          for (; at < end; at++) {
            const digit = bytes.getUint8(at) - ZERO;
            if (digit < 0 || digit > 9) break;
            number = number * 10 + digit;
          }
          if (!isDecimal(bytes, first, at)) return false;
          values[value] = number;
          break;
        }
        case SIZED_DECIMAL: {
          if (at + LENGTH_BYTES > end) return false;
          const first = at + LENGTH_BYTES;
          const last = first + bytes.getInt32(at);
          if (last < first || last > end || !isDecimal(bytes, first, last)) return false;
          let number = 0;
          for (at = first; at < last; at++) {
            const digit = bytes.getUint8(at) - ZERO;
            if (digit < 0 || digit > 9) return false;
            number = number * 10 + digit;
          }
          values[value] = number;
          break;
        }
        case INT32:
          if (at + WORD_BYTES > end) return false;
          values[value] = bytes.getInt32(at);
          at += WORD_BYTES;
          break;
        default:
          if (at + LENGTH_BYTES > end || bytes.getInt32(at) !== end - at - LENGTH_BYTES) return false;
          at += LENGTH_BYTES;
      }
    }
  }
}

function wordsOf(literal: Buffer): readonly number[] {
  if (literal.length === 0) return [];
  const words: number[] = [];
  for (let at = 0; at + WORD_BYTES < literal.length; at += WORD_BYTES) words.push(literal.readInt32LE(at));
  return [...words, literal.readInt32LE(literal.length - WORD_BYTES)];
}

interface AnswerIds {
  readonly offsetMsgIdHead: string;
  readonly transactionIdHead: string | undefined;
}

/** Every byte as two hexadecimal digits. */
const HEX_BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).toUpperCase().padStart(2, '0'));

/** The last twelve digits of an id, from both halves. */
export function idTail(high: number, low: number): string {
  return hexOf(high) + hexOf(low);
}

const hexOf = (half: number): string =>
  `${HEX_BYTES[half >> 16]}${HEX_BYTES[(half >> 8) & 0xff]}${HEX_BYTES[half & 0xff]}`;

/** Six hexadecimal digits; negative where they are not all such. */
function hexAt(bytes: DataView, at: number): number {
  let value = 0;
  let odd = 0;
  for (let i = at; i < at + HALF_DIGITS; i++) {
    const digit = HEX_DIGITS[bytes.getUint8(i)] ?? 0xff;
    odd |= digit;
    value = (value << 4) | digit;
  }
  return odd > 0xf ? -1 : value;
}

/** A header that says more is no header. */
const isInt32 = (value: number | undefined): boolean => value !== undefined && value === (value | 0);

/** Whether so many digits make a number that is exact, and the number has no other spelling. */
function isDecimal(bytes: DataView, first: number, end: number): boolean {
  const digits = end - first;
  return digits === 1 || (digits > 1 && digits <= MAX_DECIMAL_DIGITS && bytes.getUint8(first) !== ZERO);
}

/** All fields are strings, so that only the number of the header itself is not in quotes. */
function jsonSlots(header: Buffer): readonly Slot[] | undefined {
  const text = header.toString('latin1');
  const [match, second] = [...text.matchAll(/"opaque":(\d+)/g)];
  if (match === undefined || second !== undefined) return undefined;
  const start = match.index + JSON_OPAQUE.length;
  return [{ kind: DECIMAL, value: VALUE.opaque, start, end: match.index + match[0].length }];
}

function binarySlots(): readonly Slot[] {
  const fieldsAt = BINARY_FIELDS_LENGTH_AT + LENGTH_BYTES;
  return [
    { kind: INT32, value: VALUE.opaque, start: BINARY_OPAQUE_AT, end: BINARY_FLAG_AT },
    { kind: REST, value: VALUE.opaque, start: BINARY_FIELDS_LENGTH_AT, end: fieldsAt },
  ];
}

function decimalSlot(
  index: FieldIndex,
  name: string,
  value: number,
  headerStart: number,
  isJson: boolean,
): Slot | undefined {
  if (index.getInteger(name) === undefined) return undefined;
  const [start, end] = index.spanOf(name) ?? [0, 0];
  if (isJson) return { kind: DECIMAL, value, start: start - headerStart, end: end - headerStart };
  return { kind: SIZED_DECIMAL, value, start: start - LENGTH_BYTES - headerStart, end: end - headerStart };
}

function idSlot(index: FieldIndex, name: string, value: number, headerStart: number): Slot | undefined {
  const [start, end] = index.spanOf(name) ?? [0, 0];
  const tail = index.get(name)?.slice(-ID_DIGITS) ?? '';
  if (end - start < ID_DIGITS || !/^[\dA-F]{12}$/.test(tail)) return undefined;
  return { kind: HEX, value, start: end - ID_DIGITS - headerStart, end: end - headerStart };
}
