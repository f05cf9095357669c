/**
 * Counts the steps of a backtracking matcher, as V8's is one: how long a pattern takes on a text does not depend on the
 * machine then. It knows the syntax that patterns over peers' texts have, and throws for any other.
 */

type Instruction =
  | { readonly kind: 'take'; readonly takes: (unit: number) => boolean }
  | { readonly kind: 'split'; readonly first: number; readonly second: number }
  | { readonly kind: 'jump'; readonly to: number }
  | { readonly kind: 'start' | 'end' | 'boundary' | 'match' };

/** Stands for "as often as there is". */
const UNLIMITED = Number.POSITIVE_INFINITY;

const programs = new Map<string, readonly Instruction[]>();

/** How many steps `pattern` takes to match `text` or to fail; stops beyond `limit`. */
export function regExpSteps(pattern: RegExp, text: string, limit: number): number {
  const name = String(pattern);
  let program = programs.get(name);
  if (program === undefined) programs.set(name, (program = new Compiler(pattern).compile()));
  const from = pattern.sticky || pattern.global ? pattern.lastIndex : 0;
  const to = pattern.sticky || program[0]?.kind === 'start' ? from : text.length;
  // Where to go on after a failure, two numbers each: instruction and position.
  const stack: number[] = [];
  let steps = 0;
  for (let start = from; start <= to; start++) {
    let pc = 0;
    let at = start;
    for (;;) {
      const instruction = program[pc];
      if (++steps > limit || instruction === undefined || instruction.kind === 'match') return steps;
      let isAlive = true;
      pc++;
      if (instruction.kind === 'take') {
        isAlive = at < text.length && instruction.takes(text.charCodeAt(at));
        at++;
      } else if (instruction.kind === 'split') {
        stack.push(instruction.second, at);
        pc = instruction.first;
      } else if (instruction.kind === 'jump') {
        pc = instruction.to;
      } else if (instruction.kind === 'start') {
        isAlive = at === 0;
      } else if (instruction.kind === 'end') {
        isAlive = at === text.length;
      } else {
        isAlive = isWord(text[at - 1]) !== isWord(text[at]);
      }
      if (isAlive) continue;
      if (stack.length === 0) break;
      at = stack.pop() ?? 0;
      pc = stack.pop() ?? 0;
    }
  }
  return steps;
}

const isWord = (character: string | undefined): boolean => character !== undefined && /\w/.test(character);

class Compiler {
  readonly #source: string;
  readonly #flags: string;
  readonly #program: Instruction[] = [];
  #at = 0;

  constructor({ source, flags }: RegExp) {
    this.#source = source;
    this.#flags = flags.replaceAll(/[gyd]/g, '');
  }

  compile(): readonly Instruction[] {
    this.#alternatives();
    if (this.#at < this.#source.length) throw this.#unsupported();
    this.#program.push({ kind: 'match' });
    return this.#program;
  }

  #alternatives(): void {
    const program = this.#program;
    const start = program.length;
    this.#sequence();
    while (this.#takes('|')) {
      // The alternative so far moves one behind the choice, which is put in front of it.
      moveBehind(program, start, 1);
      program[start] = { kind: 'split', first: start + 1, second: program.length + 1 };
      const jump = program.length;
      program.push({ kind: 'jump', to: 0 });
      this.#alternatives();
      program[jump] = { kind: 'jump', to: program.length };
    }
  }

  #sequence(): void {
    while (this.#at < this.#source.length && !'|)'.includes(this.#source[this.#at] ?? '')) {
      const start = this.#program.length;
      this.#atom();
      this.#quantifier(start);
    }
  }

  #quantifier(start: number): void {
    const program = this.#program;
    const [min, max] = this.#bounds();
    if (min === 1 && max === 1) return;
    const isLazy = this.#takes('?');
    const body = program.splice(start);
    const repeat = (): void => {
      const shift = program.length - start;
      program.push(...body.map((instruction) => moved(instruction, shift)));
    };
    const choice = (first: number, second: number): Instruction =>
      isLazy ? { kind: 'split', first: second, second: first } : { kind: 'split', first, second };
    for (let i = 0; i < min; i++) repeat();
    if (max === UNLIMITED) {
      const loop = program.length;
      program.push({ kind: 'match' });
      repeat();
      program.push({ kind: 'jump', to: loop });
      program[loop] = choice(loop + 1, program.length);
      return;
    }
    const choices: number[] = [];
    for (let i = min; i < max; i++) {
      choices.push(program.length);
      program.push({ kind: 'match' });
      repeat();
    }
    for (const at of choices) program[at] = choice(at + 1, program.length);
  }

  #bounds(): readonly [min: number, max: number] {
    if (this.#takes('*')) return [0, UNLIMITED];
    if (this.#takes('+')) return [1, UNLIMITED];
    if (this.#takes('?')) return [0, 1];
    const [all, min = '', comma, max = ''] = /^\{(\d+)(,(\d*))?\}/.exec(this.#source.slice(this.#at)) ?? [];
    if (all === undefined) return [1, 1];
    this.#at += all.length;
    return [Number(min), comma === undefined ? Number(min) : max === '' ? UNLIMITED : Number(max)];
  }

  #atom(): void {
    const rest = this.#source.slice(this.#at);
    const opening = /^\((\?:|\?<\w+>|(?!\?))/.exec(rest)?.[0];
    if (opening !== undefined) {
      this.#at += opening.length;
      this.#alternatives();
      if (!this.#takes(')')) throw this.#unsupported();
    } else if (this.#takes('^')) {
      this.#program.push({ kind: 'start' });
    } else if (this.#takes('$')) {
      this.#program.push({ kind: 'end' });
    } else if (rest.startsWith(String.raw`\b`)) {
      this.#at += 2;
      this.#program.push({ kind: 'boundary' });
    } else {
      const [one] = /^(\[(?:\\.|[^\]\\])*\]|\\p\{\w+\}|\\x[\da-f]{2}|\\u[\da-f]{4}|\\.|[^()[\]|*+?])/i.exec(rest) ?? [];
      if (one === undefined || /^\\[1-9kB]/.test(one)) throw this.#unsupported();
      this.#at += one.length;
      this.#program.push({ kind: 'take', takes: taking(new RegExp(`^${one}$`, this.#flags)) });
    }
  }

  #takes(character: string): boolean {
    if (this.#source[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #unsupported(): Error {
    return new Error(`${this.#source} has a syntax at ${this.#at} whose steps are not counted`);
  }
}

const UNKNOWN = 0;
const TAKES = 1;
const REFUSES = 2;

/** Remembers what the engine says of a code unit. */
function taking(one: RegExp): (unit: number) => boolean {
  const known = new Uint8Array(2 ** 16);
  return (unit) => {
    if (known[unit] === UNKNOWN) known[unit] = one.test(String.fromCharCode(unit)) ? TAKES : REFUSES;
    return known[unit] === TAKES;
  };
}

function moveBehind(program: Instruction[], start: number, by: number): void {
  const behind = program.splice(start).map((instruction) => moved(instruction, by));
  program.push(...Array.from({ length: by }, (): Instruction => ({ kind: 'match' })), ...behind);
}

function moved(instruction: Instruction, by: number): Instruction {
  switch (instruction.kind) {
    case 'split':
      return { kind: 'split', first: instruction.first + by, second: instruction.second + by };
    case 'jump':
      return { kind: 'jump', to: instruction.to + by };
    default:
      return instruction;
  }
}
