/**
 * Counts what code does instead of how long it takes: the blocks of our own files that run, the steps of its patterns, and
 * what the engine's functions over texts and lists look at.
 */
import { Session } from 'node:inspector';
import { sep } from 'node:path';
import { regExpSteps } from './regexp-steps.js';

/** Functions of the engine that look at all of what they are called on. */
const LINEAR: readonly (readonly [prototype: object, names: readonly string[]])[] = [
  [String.prototype, ['indexOf', 'lastIndexOf', 'includes', 'split', 'trim', 'trimStart', 'trimEnd', 'replaceAll']],
  [Array.prototype, ['splice', 'shift', 'unshift', 'indexOf', 'includes', 'concat', 'sort', 'slice', 'find', 'join']],
];

/** Takes the steps of `act`, which is synchronous, up to some more than `limit`. */
export type StepCounter = (act: () => unknown, limit: number) => number;

/** Counts the blocks of our own files that run. Files that were loaded before this was called have no counters. */
export function startCountingBlocks(): { readonly count: StepCounter; readonly stop: () => void } {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const takeBlocks = (): number => {
    let blocks = 0;
    session.post('Profiler.takePreciseCoverage', (error, covered) => {
      if (error !== null) throw error;
      for (const { url, functions } of covered.result) {
        if (!url.includes(`${sep}src${sep}`) || url.includes(`${sep}test${sep}`)) continue;
        for (const { ranges } of functions) for (const { count } of ranges) blocks += count;
      }
    });
    return blocks;
  };
  const count: StepCounter = (act) => {
    takeBlocks();
    attempt(act);
    return takeBlocks();
  };
  return { count, stop: () => session.disconnect() };
}

/** Counts the steps of patterns, and what functions of the engine look at. A pattern is stopped beyond the limit. */
export const countEngineSteps: StepCounter = (act, limit) => {
  let steps = 0;
  let isPaused = false;
  const restore: (() => void)[] = [];
  /** Calls `look` before the function of that name; where that says that it takes too long, it is not called. */
  const replace = <This>(prototype: object, name: string, look: (on: This, arg: unknown) => number): void => {
    const real = Object.getOwnPropertyDescriptor(prototype, name) ?? {};
    const call: (...args: readonly unknown[]) => unknown = real.value;
    const watched = function (this: This, ...args: readonly unknown[]): unknown {
      // The counting itself is not counted.
      if (isPaused) return Reflect.apply(call, this, args);
      isPaused = true;
      const more = look(this, args[0]);
      isPaused = false;
      steps += more;
      return more > limit ? null : Reflect.apply(call, this, args);
    };
    Object.defineProperty(prototype, name, { ...real, value: watched });
    restore.push(() => Object.defineProperty(prototype, name, real));
  };
  replace(RegExp.prototype, 'exec', (pattern: RegExp, text) => regExpSteps(pattern, String(text), limit));
  for (const [prototype, names] of LINEAR) {
    for (const name of names) replace(prototype, name, ({ length }: { readonly length: number }) => length);
  }
  attempt(act);
  for (const undo of restore) undo();
  return steps;
};

/** That a peer's text is refused is of no interest. */
function attempt(act: () => unknown): void {
  try {
    act();
  } catch {}
}
