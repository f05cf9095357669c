/**
 * The JSON header (type 0). Headers in the flat shape that servers write are scanned in place; anything else goes
 * through JSON.parse, within a smaller limit. It reads and writes headers only; the frame around them is `frame.ts`'s.
 * Source: RemotingSerializable.java (5.5.0); the keys are written in fastjson's order.
 */
import { isUtf8 } from 'node:buffer';
import type { Command } from './command.js';
import { FRAME_LIMITS } from './frame-limits.js';
import type { ReceivedFrame } from './received-frame.js';
import { violation } from './violation.js';

/** The header of `command` as bytes. */
export function encodeJsonHeader(command: Command): Buffer {
  const { code, language, remark, opaque, flag, version, fields } = command;
  let text = `{"code":${code}`;
  if (fields.size > 0) text += `,"extFields":{${jsonPairs(fields)}}`;
  text += `,"flag":${flag}`;
  if (language !== undefined) text += `,"language":${JSON.stringify(language)}`;
  text += `,"opaque":${opaque}`;
  if (remark !== undefined) text += `,"remark":${JSON.stringify(remark)}`;
  text += `,"serializeTypeCurrentRPC":"JSON","version":${version}}`;
  return Buffer.from(text);
}

/** `"name":"value",…` for all fields. */
export function jsonPairs(fields: ReadonlyMap<string, string>): string {
  let text = '';
  for (const [name, value] of fields) {
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${JSON.stringify(value)}`;
  }
  return text;
}

/** Reads the header in `start..end` of `bytes` into a frame that was reset; throws RMQ_PROTOCOL_VIOLATION. */
export function readJsonHeader(bytes: Buffer, start: number, end: number, into: ReceivedFrame): void {
  if (scanHeader(bytes, start, end, into)) return;
  if (end - start > FRAME_LIMITS.irregularHeaderBytes) {
    throw violation('the JSON header is neither flat nor small', { limit: FRAME_LIMITS.irregularHeaderBytes });
  }
  into.reset(bytes);
  parseHeader(bytes.subarray(start, end), into);
}

type HeaderKey = 'code' | 'opaque' | 'flag' | 'version' | 'language' | 'remark' | 'extFields';

/** What a header must say; an answer without a code must not pass for success. */
const HAS_CODE = 1;
const HAS_OPAQUE = 2;
const HAS_FLAG = 4;
const HAS_ALL = HAS_CODE | HAS_OPAQUE | HAS_FLAG;

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

const MAX_INT32_DIGITS = 10;
/** Java writes eight. A limit, because a key costs more than the bytes it takes when its value must be decoded. */
const MAX_KEYS = 16;

/**
 * One pass over a header without blanks, nesting (but extFields), literals or fractions. False when it is not of this
 * shape, whether or not it is JSON; `into` is then half filled.
 */
function scanHeader(bytes: Buffer, start: number, end: number, into: ReceivedFrame): boolean {
  if (bytes[start] !== OPEN) return false;
  let at = start + 1;
  let seen = 0;
  for (let keys = 0; keys < MAX_KEYS; keys++) {
    const nameEnd = scanString(bytes, at, end);
    if (nameEnd <= 0 || bytes[nameEnd + 1] !== COLON) return false;
    const key = keyAt(bytes, at + 1, nameEnd);
    at = nameEnd + 2;
    const first = bytes[at] ?? 0;
    if (first === QUOTE) {
      const close = scanString(bytes, at, end);
      if (close === 0 || !setText(into, key, bytes, at, close)) return false;
      at = Math.abs(close) + 1;
    } else if (first === OPEN) {
      if (key !== 'extFields') return false;
      at = scanFields(bytes, at, end, into);
      if (at === 0) return false;
    } else {
      if (first === MINUS) at++;
      const digits = at;
      let value = 0;
      for (let digit = (bytes[at] ?? 0) - ZERO; digit >= 0 && digit <= 9; digit = (bytes[++at] ?? 0) - ZERO) {
        value = value * 10 + digit;
        if (at - digits === MAX_INT32_DIGITS) return false;
      }
      // JSON knows no leading zeros.
      if (at === digits || (bytes[digits] === ZERO && at - digits > 1)) return false;
      if (first === MINUS) value = 0 - value;
      if (value !== (value | 0) || !setNumber(into, key, value)) return false;
      if (key === 'code') seen |= HAS_CODE;
      else if (key === 'opaque') seen |= HAS_OPAQUE;
      else if (key === 'flag') seen |= HAS_FLAG;
    }
    const next = bytes[at++];
    if (next === CLOSE) return at === end && seen === HAS_ALL;
    if (next !== COMMA) return false;
  }
  return false;
}

/** Scans `{"name":"value",…}` at `start`; returns the position behind it, 0 when it is not of this shape. */
function scanFields(bytes: Buffer, start: number, end: number, into: ReceivedFrame): number {
  const index = into.index;
  index.clear();
  let at = start + 1;
  if (bytes[at] === CLOSE) return at + 1;
  for (;;) {
    const name = at;
    const nameEnd = scanString(bytes, name, end);
    const value = Math.abs(nameEnd) + 2;
    if (nameEnd === 0 || bytes[value - 1] !== COLON) return 0;
    const valueEnd = scanString(bytes, value, end);
    if (valueEnd === 0) return 0;
    if (nameEnd > 0 && valueEnd > 0) index.add(name + 1, nameEnd, value + 1, valueEnd);
    else index.addText(decodeField(bytes, name, nameEnd), decodeField(bytes, value, valueEnd));
    at = Math.abs(valueEnd) + 1;
    const next = bytes[at++];
    if (next === CLOSE) return at;
    if (next !== COMMA) return 0;
  }
}

/** 1 for the bytes at which a run of plain characters ends: quote, backslash, control characters, non-ASCII. */
const ENDS_PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === QUOTE || byte === BACKSLASH || byte < 0x20 || byte >= 0x80 ? 1 : 0,
);

/**
 * Scans the string whose opening quote is at `start`. Returns the position of its closing quote; negated, when it has
 * escapes or non-ASCII characters and must be decoded; 0 when it is no string or does not end before `end`.
 */
function scanString(bytes: Buffer, start: number, end: number): number {
  if (bytes[start] !== QUOTE) return 0;
  let at = start + 1;
  while (at < end && ENDS_PLAIN[bytes[at] ?? 0] === 0) at++;
  return at < end && bytes[at] === QUOTE ? at : -scanOddString(bytes, at, end);
}

/** Goes on in a string that is not plain; returns the position of its closing quote, 0 when there is none. */
function scanOddString(bytes: Buffer, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) return at;
    if (byte < 0x20) return 0;
    if (byte === BACKSLASH) at++;
  }
  return 0;
}

/** The text between the quotes at `open` and |`close`|; throws a violation when it is no JSON string. */
function decodeField(bytes: Buffer, open: number, close: number): string {
  if (close > 0) return bytes.toString('latin1', open + 1, close);
  if (!isUtf8(bytes.subarray(open, -close))) throw notUtf8();
  return decodeRemark(bytes, open, close);
}

/** As `decodeField`, but what is not UTF-8 is replaced: a remark is only ever shown to people. */
function decodeRemark(bytes: Buffer, open: number, close: number): string {
  const text = parseJson(bytes.toString('utf8', open, Math.abs(close) + 1));
  if (typeof text !== 'string') throw broken();
  return text;
}

/** Four ASCII characters as one number: keys are told apart by their first and last word. */
function word(text: string): number {
  return wordAt(Buffer.from(text), 0);
}

function wordAt(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
}

const CODE = word('code');
const FLAG = word('flag');
const OPAQ = word('opaq');
const AQUE = word('aque');
const REMA = word('rema');
const MARK = word('mark');
const VERS = word('vers');
const SION = word('sion');
const LANG = word('lang');
const UAGE = word('uage');
const EXTF = word('extF');
const IELD = word('ield');
const ELDS = word('elds');
const JAVA = word('JAVA');

/** The known key whose name lies in `start..end`. */
function keyAt(bytes: Buffer, start: number, end: number): HeaderKey | undefined {
  const first = wordAt(bytes, start);
  const last = wordAt(bytes, end - 4);
  switch (end - start) {
    case 4:
      return first === CODE ? 'code' : first === FLAG ? 'flag' : undefined;
    case 6:
      return first === OPAQ && last === AQUE ? 'opaque' : first === REMA && last === MARK ? 'remark' : undefined;
    case 7:
      return first === VERS && last === SION ? 'version' : undefined;
    case 8:
      return first === LANG && last === UAGE ? 'language' : undefined;
    case 9:
      return first === EXTF && wordAt(bytes, start + 4) === IELD && last === ELDS ? 'extFields' : undefined;
    default:
      return undefined;
  }
}

/** False when `key` must not be a text. */
function setText(into: ReceivedFrame, key: HeaderKey | undefined, bytes: Buffer, open: number, close: number): boolean {
  switch (key) {
    case 'remark':
      into.remark = decodeRemark(bytes, open, close);
      return true;
    case 'language':
      // Nothing depends on it, so it is only kept where that costs nothing on the hot path.
      into.language =
        close - open === 5 && wordAt(bytes, open + 1) === JAVA ? 'JAVA' : decodeRemark(bytes, open, close);
      return true;
    case undefined:
      return true;
    default:
      return false;
  }
}

/** False when `key` must not be a number. */
function setNumber(into: ReceivedFrame, key: HeaderKey | undefined, value: number): boolean {
  switch (key) {
    case 'code':
      into.code = value;
      return true;
    case 'opaque':
      into.opaque = value;
      return true;
    case 'flag':
      into.flag = value;
      return true;
    case 'version':
      into.version = value;
      return true;
    case 'language':
    case undefined:
      return true;
    default:
      return false;
  }
}

/** Any other JSON. The keys are read through a map, so a name like `__proto__` is a name like any other. */
function parseHeader(header: Buffer, into: ReceivedFrame): void {
  const parsed = parseJson(header.toString('utf8'));
  const keys = entriesOf(parsed);
  into.code = int32(keys.get('code'));
  into.opaque = int32(keys.get('opaque'));
  into.flag = int32(keys.get('flag'));
  into.version = int32(keys.get('version') ?? 0);
  const language = keys.get('language');
  if (typeof language === 'string') into.language = language;
  const remark = keys.get('remark') ?? undefined;
  if (remark !== undefined && typeof remark !== 'string') throw broken();
  into.remark = remark;
  const isWellFormed = isUtf8(header);
  for (const [name, value] of entriesOf(keys.get('extFields') ?? {})) {
    if (value !== null && typeof value !== 'string') throw violation('a field of the JSON header is not a string');
    if (!isWellFormed && `${name}${value}`.includes('\ufffd')) throw notUtf8();
    into.index.addText(name, value);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The engine's error quotes the text, which may be a credential: it is not passed on as a cause.
    throw broken();
  }
}

function entriesOf(value: unknown): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw broken();
  return new Map(Object.entries(value));
}

function int32(value: unknown): number {
  if (typeof value !== 'number' || value !== (value | 0)) throw broken();
  return value;
}

function broken(): Error {
  return violation('the JSON header is broken: no object, or code, opaque or flag are not int32 numbers');
}

function notUtf8(): Error {
  return violation('a field of the JSON header is not UTF-8');
}
