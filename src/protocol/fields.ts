/**
 * Field tables: which fields a header has, under which name they travel and what values they take. A table is all that
 * a remote call says about its header; both sides of the call, tests and documentation are driven by it.
 */
import type { ReceivedFrame } from './received-frame.js';
import { violation } from './violation.js';

type FieldValue = string | number | bigint | boolean;

/** One field: its name on the wire, and how its values travel. Everything travels as text. */
export interface Field<Value extends FieldValue, IsOptional extends boolean = boolean> {
  readonly wireName: string;
  readonly kind: 'string' | 'int32' | 'int64' | 'timestamp' | 'bool';
  readonly isOptional: IsOptional;
  /** Undefined where the frame has no value of this field, or an impossible one. */
  read(frame: ReceivedFrame): Value | undefined;
  format(value: Value): string;
}

/** Lowest value that is accepted from a peer. */
interface Limits<Value> {
  readonly min?: Value | undefined;
}

const INT32_MIN = -(2 ** 31);
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
/** As Java's parsers take it, but for a leading plus sign. */
const DECIMAL = /^-?[0-9]{1,19}$/;

/** Text as it is. */
export function string(wireName: string): Field<string, false> {
  return {
    wireName,
    kind: 'string',
    isOptional: false,
    read: (frame) => frame.field(wireName),
    format: (value) => value,
  };
}

/** Java's int. */
export function int32(wireName: string, { min = INT32_MIN }: Limits<number> = {}): Field<number, false> {
  const read = (frame: ReceivedFrame): number | undefined => {
    const value = readInteger(frame, wireName);
    return value === (value | 0) && value >= min ? value : undefined;
  };
  return { wireName, kind: 'int32', isOptional: false, read, format: String };
}

/** Java's long, exact to the last digit. */
export function int64(wireName: string, { min = INT64_MIN }: Limits<bigint> = {}): Field<bigint, false> {
  const read = (frame: ReceivedFrame): bigint | undefined => {
    const digits = frame.integerField(wireName) ?? decimalText(frame, wireName);
    if (digits === undefined) return undefined;
    const value = BigInt(digits);
    return value >= min && value <= INT64_MAX ? value : undefined;
  };
  return { wireName, kind: 'int64', isOptional: false, read, format: String };
}

/** Java's long where it is milliseconds since 1970 and a number holds it exactly. */
export function timestamp(wireName: string): Field<number, false> {
  const read = (frame: ReceivedFrame): number | undefined => {
    const value = readInteger(frame, wireName);
    return Number.isSafeInteger(value) ? value : undefined;
  };
  return { wireName, kind: 'timestamp', isOptional: false, read, format: String };
}

/** Java's boolean. */
export function bool(wireName: string): Field<boolean, false> {
  const read = (frame: ReceivedFrame): boolean | undefined => {
    const text = frame.field(wireName);
    return text === 'true' ? true : text === 'false' ? false : undefined;
  };
  return { wireName, kind: 'bool', isOptional: false, read, format: String };
}

function decimalText(frame: ReceivedFrame, wireName: string): string | undefined {
  const text = frame.field(wireName);
  return text !== undefined && DECIMAL.test(text) ? text : undefined;
}

/** NaN where there is none. Adding 0 makes 0 of -0. */
function readInteger(frame: ReceivedFrame, wireName: string): number {
  return frame.integerField(wireName) ?? Number(decimalText(frame, wireName)) + 0;
}

/** A field that may be absent. */
export function optional<Value extends FieldValue>(field: Field<Value, false>): Field<Value, true> {
  return { ...field, isOptional: true };
}

/** Domain name → field. */
type FieldSpec = Readonly<Record<string, Field<FieldValue>>>;

type ValueOf<F> = F extends Field<infer Value> ? Value : never;
type OptionalNames<Spec> = {
  [Name in keyof Spec]: Spec[Name] extends Field<FieldValue, true> ? Name : never;
}[keyof Spec];

/** The values of a header in domain words, as its table describes them. */
export type FieldValues<Spec> = {
  readonly [Name in Exclude<keyof Spec, OptionalNames<Spec>>]: ValueOf<Spec[Name]>;
} & {
  readonly [Name in OptionalNames<Spec>]?: ValueOf<Spec[Name]> | undefined;
};

export interface FieldTable<Values> {
  /** Wire name → text, in the order of the table; absent values are left out. */
  encode(values: Values): Map<string, string>;
  /** Throws RMQ_PROTOCOL_VIOLATION naming the field that is missing or has an impossible value. */
  decode(frame: ReceivedFrame): Values;
}

/** Makes the table of one header. */
export function defineFields<const Spec extends FieldSpec>(spec: Spec): FieldTable<FieldValues<Spec>> {
  const entries: readonly (readonly [string, Field<FieldValue>])[] = Object.entries(spec);
  // Copied for each header, so that all decoded headers have one shape: twice as fast as growing them.
  const template: Record<string, FieldValue | undefined> = {};
  for (const [name] of entries) template[name] = undefined;
  return {
    encode(values) {
      const given: Readonly<Record<string, FieldValue | undefined>> = values;
      const fields = new Map<string, string>();
      for (const [name, field] of entries) {
        const value = given[name];
        if (value !== undefined) fields.set(field.wireName, field.format(value));
      }
      return fields;
    },
    decode(frame) {
      const values = { ...template };
      for (const [name, field] of entries) {
        const value = field.read(frame);
        if (value === undefined) assertAbsent(name, field, frame);
        else values[name] = value;
      }
      // The one place where the types of the table cannot be followed: every name got a value of its own field.
      return values as FieldValues<Spec>;
    },
  };
}

/** A field without a value must be an optional one that is not there at all. */
function assertAbsent(name: string, { wireName, kind, isOptional }: Field<FieldValue>, frame: ReceivedFrame): void {
  const isThere = frame.field(wireName) !== undefined;
  if (isOptional && !isThere) return;
  const problem = isThere ? `is not a valid ${kind}` : 'is missing';
  throw violation(`the field ${name} (${wireName}) ${problem}`, { field: name, code: frame.code });
}
