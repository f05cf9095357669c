/**
 * Checks an object of options against a table: every problem is found and reported at once, with what was given and
 * what is allowed. Which options there are is not written here but in the tables (`config.ts`, `pipeline-options.ts`).
 */
import { inspect } from 'node:util';
import { kindOf } from '../errors/kind-of.js';
import { createError } from '../errors/rocketmq-error.js';
import type { ErrorCode } from '../errors/error-table.js';
import { nearestName } from './nearest-name.js';
import { isObject, type Kind } from './option-kinds.js';
import { placesOf } from './option-places.js';

/** One option: what may be given, and what holds when nothing is given. */
export interface Option<T> {
  readonly kind: Kind<T>;
  /** Without one, an option that is not given stays absent. */
  readonly default?: T | undefined;
  readonly isRequired?: true | undefined;
  /** Of a refused value only the type is told. */
  readonly isSecret?: true | undefined;
  /** What the official Java client calls it. */
  readonly java?: string | undefined;
}

/** An option whose value is an object of options, or `false` where that switches the matter off, or `true` for all defaults. */
export interface OptionGroup<Members extends OptionTable = OptionTable> {
  readonly members: Members;
  readonly orFalse?: true | undefined;
  readonly orTrue?: true | undefined;
  /** A group without this stays absent when it is not given; the others are their members' defaults. */
  readonly hasDefaults?: true | undefined;
}

export type OptionTable = { readonly [name: string]: Option<unknown> | OptionGroup };

type GivenValue<O> = O extends { readonly members: infer Members }
  ? | Given<Members>
    | (O extends { readonly orFalse: true } ? false : never)
    | (O extends { readonly orTrue: true } ? true : never)
  : O extends { readonly kind: Kind<infer T> }
    ? T
    : never;

type RequiredNames<Table> = {
  [K in keyof Table]: Table[K] extends { readonly isRequired: true } ? K : never;
}[keyof Table];

/** `T` with every member given: what options are once their defaults are filled in. */
export type Filled<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };

/** What a caller may write for `Table`. */
export type Given<Table> = { readonly [K in RequiredNames<Table>]: GivenValue<Table[K]> } & {
  readonly [K in Exclude<keyof Table, RequiredNames<Table>>]?: GivenValue<Table[K]> | undefined;
};

type CheckedValue<O> = O extends { readonly members: infer Members }
  ? Checked<Members> | (O extends { readonly orFalse: true } ? false : never)
  : GivenValue<O>;

type CertainNames<Table> = {
  [K in keyof Table]: Table[K] extends
    { readonly default: unknown } | { readonly isRequired: true } | { readonly hasDefaults: true }
    ? K
    : never;
}[keyof Table];

/** What `Table` is once it was checked: defaults are filled in; what was not given and has none is absent. */
export type Checked<Table> = { readonly [K in CertainNames<Table>]: CheckedValue<Table[K]> } & {
  readonly [K in Exclude<keyof Table, CertainNames<Table>>]?: CheckedValue<Table[K]> | undefined;
};

interface Problem {
  readonly option: string;
  readonly text: string;
  readonly code: ErrorCode;
}

/**
 * Collects what is wrong with one object of options. `take` reads it against a table, `add` reports what no single
 * option can know (contradictions), `assertNone` throws everything found as one error.
 */
export class OptionCheck {
  readonly #what: string;
  readonly #code: ErrorCode;
  readonly #problems: Problem[] = [];

  /** `what` names the object in the message: 'producer configuration'. `code` is that of the error. */
  constructor(what: string, code: ErrorCode = 'RMQ_CONFIG_INVALID') {
    this.#what = what;
    this.#code = code;
  }

  /** Whether anything was wrong so far with the option. */
  hasProblem(option: string): boolean {
    return this.#problems.some((problem) => problem.option === option);
  }

  add(option: string, text: string, code: ErrorCode = this.#code): void {
    this.#problems.push({ option, text, code });
  }

  /**
   * Reads `given` against `table`. Where a value is refused, its default takes its place: call `assertNone` before use.
   * Throws where `given` is no object of options at all, because then nothing else can be said of it.
   */
  take<Table extends OptionTable>(given: unknown, table: Table): Checked<Table> {
    if (!isObject(given) || saysNothing(given, table)) {
      this.add('it', `is ${kindOf(given)}, it must be an object${meantBy(given, table)}`);
      this.assertNone();
    }
    return this.#takeAll(given, table, '') as Checked<Table>;
  }

  /** Throws one error with all problems (a problem that has a code of its own keeps it if it is the only one). */
  assertNone(): void {
    const [first, ...others] = this.#problems;
    if (first === undefined) return;
    const code = others.length === 0 ? first.code : this.#code;
    const texts = this.#problems.map(({ option, text }) => `${option} ${text}`);
    const count = others.length === 0 ? '' : ` (${texts.length} problems)`;
    // Arguments that break a rule name it, as everywhere.
    const rule = code === 'RMQ_ARGUMENT_INVALID' ? { rule: first.option } : {};
    const detail = { ...rule, ...Object.fromEntries(this.#problems.map(({ option, text }) => [option, text])) };
    throw createError(code, `Invalid ${this.#what}${count}: ${texts.join('; ')}.`, { detail });
  }

  #takeAll(all: unknown, table: OptionTable, path: string): Record<string, unknown> {
    const values = isObject(all) ? all : {};
    for (const name of Object.keys(values)) {
      if (!Object.hasOwn(table, name)) this.add(path + name, unknownOption(name, table));
    }
    const taken: Record<string, unknown> = {};
    for (const [name, option] of Object.entries(table)) {
      const given = values[name];
      const value =
        'members' in option ? this.#takeGroup(given, option, path + name) : this.#takeValue(given, option, path + name);
      if (value !== undefined) taken[name] = value;
    }
    return taken;
  }

  #takeGroup(given: unknown, group: OptionGroup, path: string): unknown {
    const isSwitch = (given === false && group.orFalse === true) || (given === true && group.orTrue === true);
    if (given !== undefined && !isSwitch && !(isObject(given) && !saysNothing(given, group.members))) {
      const switches = [...(group.orTrue === true ? ['true'] : []), ...(group.orFalse === true ? ['false'] : [])];
      const allowed = ['an object', ...switches].join(' or ');
      this.add(path, `is ${show(given)}, it must be ${allowed}${meantBy(given, group.members)}`);
      return group.hasDefaults === true ? this.#takeAll({}, group.members, `${path}.`) : undefined;
    }
    if (given === undefined && group.hasDefaults === undefined) return undefined;
    if (given === false && group.orFalse === true) return false;
    const isDefault = given === undefined || (given === true && group.orTrue === true);
    return this.#takeAll(isDefault ? {} : given, group.members, `${path}.`);
  }

  #takeValue(given: unknown, option: Option<unknown>, path: string): unknown {
    if (given === undefined) {
      if (option.isRequired === true) this.add(path, `is missing, it must be ${option.kind.allowed}`);
      return option.default;
    }
    if (option.kind.accepts(given)) return given;
    this.add(path, `is ${option.isSecret === true ? kindOf(given) : show(given)}, it must be ${option.kind.allowed}`);
    return option.default;
  }
}

/**
 * Checks what a call was given against a table, where no defaults are wanted, and throws one error with all problems. It
 * costs next to nothing where nothing is wrong, so it may stand before every call.
 */
export function assertGiven(what: string, given: unknown, table: OptionTable, code?: ErrorCode): void {
  if (isGood(given, table)) return;
  const check = new OptionCheck(what, code);
  check.take(given, table);
  check.assertNone();
}

/** False also where it takes a closer look to know. */
function isGood(given: unknown, table: OptionTable): boolean {
  if (!isObject(given)) return false;
  if (saysNothing(given, table)) return false;
  for (const name of Object.keys(given)) {
    const option = Object.hasOwn(table, name) ? table[name] : undefined;
    if (option === undefined || 'members' in option) return false;
    const value = given[name];
    if (value !== undefined && !option.kind.accepts(value)) return false;
  }
  for (const name in table) if (given[name] === undefined && isRequired(table[name])) return false;
  return true;
}

const isRequired = (option: Option<unknown> | OptionGroup | undefined): boolean =>
  option !== undefined && 'isRequired' in option;

/**
 * Whether nothing the object has could be meant as an option, although it is no empty one: a Map, a promise, a signal in
 * the place of options would be as if nothing was given.
 */
function saysNothing(given: Readonly<Record<string, unknown>>, table: OptionTable): boolean {
  if (Object.keys(given).length > 0) return false;
  const prototype: unknown = Object.getPrototypeOf(given);
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return false;
  return !Object.keys(table).some((name) => name in given);
}

/** The name of the option that such a value is for, where the table has one: a signal, a number, a function. */
function meantBy(given: unknown, table: OptionTable): string {
  if (given === null || given === undefined) return '';
  const meant = Object.entries(table).find(([, option]) => 'kind' in option && option.kind.accepts(given));
  return meant === undefined ? '' : `, perhaps { ${meant[0]}: … }`;
}

/** Says of an unknown option only its name: a value in the wrong place may be a secret. */
function unknownOption(name: string, table: OptionTable): string {
  const ours = Object.entries(table).find(([, option]) => 'java' in option && option.java === name)?.[0];
  const place = ours === undefined ? placesOf(name) : undefined;
  if (place !== undefined) return `is not an option here, it belongs to ${place}`;
  const meant = ours ?? nearestName(name, Object.keys(table));
  return meant === undefined ? 'is not an option' : `is not an option, did you mean ${meant}?`;
}

/** What was given, in one line. Objects and functions stay closed: they are the caller's and may hold anything. */
function show(given: unknown): string {
  if (typeof given === 'function' || (typeof given === 'object' && given !== null)) return kindOf(given);
  const text = inspect(given, { depth: 0, breakLength: Infinity });
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`;
}
