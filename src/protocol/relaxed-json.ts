/**
 * A JSON reader that also takes what fastjson writes for maps with numeric keys, `{0:"10.0.0.1:10911"}`, and that stops
 * at limits instead of building whatever it is sent. It knows nothing of what the values mean.
 */
import { violation } from './violation.js';

/** Objects are maps, so no key can be taken for something else than a key. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | ReadonlyMap<string, JsonValue>;

export function isJsonObject(value: JsonValue | undefined): value is ReadonlyMap<string, JsonValue> {
  return value instanceof Map;
}

export function isJsonArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

interface RelaxedJsonLimits {
  readonly depth: number;
  /** Values altogether, members of objects and arrays included. */
  readonly values: number;
}

/** Parses one JSON text; numbers may stand for keys. Linear. Throws RMQ_PROTOCOL_VIOLATION. */
export function parseRelaxedJson(text: string, limits: RelaxedJsonLimits): JsonValue {
  return new Parser(text, limits).parse();
}

const BLANKS = /[ \t\r\n]*/y;
const INTEGER_KEY = /-?[0-9]+/y;
const SCALAR = /true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

class Parser {
  readonly #text: string;
  readonly #limits: RelaxedJsonLimits;
  #at = 0;
  #values = 0;

  constructor(text: string, limits: RelaxedJsonLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  parse(): JsonValue {
    const value = this.#value(0);
    this.#skipBlanks();
    if (this.#at < this.#text.length) throw this.#unexpected();
    return value;
  }

  #value(depth: number): JsonValue {
    if (depth > this.#limits.depth) throw violation('the JSON is nested too deeply', { limit: this.#limits.depth });
    if (++this.#values > this.#limits.values) {
      throw violation('the JSON has too many values', { limit: this.#limits.values });
    }
    this.#skipBlanks();
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
      case '"':
        return this.#string();
      default:
        return this.#scalar();
    }
  }

  #object(depth: number): ReadonlyMap<string, JsonValue> {
    const members = new Map<string, JsonValue>();
    this.#at++;
    if (this.#takes('}')) return members;
    do {
      this.#skipBlanks();
      const key = this.#text[this.#at] === '"' ? this.#string() : this.#token(INTEGER_KEY);
      this.#expect(':');
      members.set(key, this.#value(depth + 1));
    } while (this.#takes(','));
    this.#expect('}');
    return members;
  }

  #array(depth: number): readonly JsonValue[] {
    const elements: JsonValue[] = [];
    this.#at++;
    if (this.#takes(']')) return elements;
    do elements.push(this.#value(depth + 1));
    while (this.#takes(','));
    this.#expect(']');
    return elements;
  }

  /** From quote to quote; escapes and forbidden characters are left to the engine. */
  #string(): string {
    const text = this.#text;
    const start = this.#at;
    let at = start + 1;
    for (let unit = text.charCodeAt(at); unit !== QUOTE && at < text.length; unit = text.charCodeAt(at)) {
      at += unit === BACKSLASH ? 2 : 1;
    }
    this.#at = at + 1;
    try {
      return String(JSON.parse(text.slice(start, this.#at)));
    } catch {
      throw this.#unexpected();
    }
  }

  #scalar(): JsonValue {
    const token = this.#token(SCALAR);
    switch (token) {
      case 'null':
        return null;
      case 'true':
      case 'false':
        return token === 'true';
      default:
        return Number(token);
    }
  }

  #token(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const token = pattern.exec(this.#text)?.[0];
    if (token === undefined) throw this.#unexpected();
    this.#at += token.length;
    return token;
  }

  #takes(character: string): boolean {
    this.#skipBlanks();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string): void {
    if (!this.#takes(character)) throw this.#unexpected();
  }

  #skipBlanks(): void {
    BLANKS.lastIndex = this.#at;
    BLANKS.test(this.#text);
    this.#at = BLANKS.lastIndex;
  }

  #unexpected(): Error {
    return violation(`the JSON is broken at character ${this.#at}`, { at: this.#at });
  }
}
