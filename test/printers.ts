/** What programs print of an object, in every usual way: for tests of what may not be seen there. */
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import { pino } from 'pino';

/** Each name of a way to print, and what it prints of `value`. */
export function everyPrint(value: object): readonly (readonly [string, string])[] {
  return [
    ['pino().warn(value, text)', pinoLine((logger) => logger.warn(value, 'text'))],
    ['pino().warn({ value })', pinoLine((logger) => logger.warn({ value }))],
    ['pino().child({ value })', pinoLine((logger) => logger.child({ value }).warn('text'))],
    // Without a text pino asks for `err.message` by name, and prints what it gets.
    ['pino().warn({ err }, text)', pinoLine((logger) => logger.warn({ err: value }, 'text'))],
    ['console.log', consoleLine((console) => console.log(value))],
    ['console.log of a list', consoleLine((console) => console.log('%o', [value]))],
    ['console.dir with hidden fields', consoleLine((console) => console.dir(value, { showHidden: true, depth: null }))],
    ['inspect without custom methods', inspect(value, { depth: null, customInspect: false })],
    ['JSON.stringify', JSON.stringify(value, bigintsAsText)],
    ['{ ...value }', inspect({ ...value }, { depth: null })],
    ['Object.entries', inspect(Object.entries(value), { depth: null })],
    ['structuredClone', inspect(cloned(value), { depth: null })],
  ];
}

/** `everyPrint` that shows one of `secrets`. */
export function printsOf(value: object, secrets: readonly string[]): readonly string[] {
  return everyPrint(value)
    .filter(([, text]) => secrets.some((secret) => text.includes(secret)))
    .map(([name, text]) => `${name}: ${text}`);
}

function pinoLine(log: (logger: ReturnType<typeof pino>) => void): string {
  return written((sink) => log(pino(sink)));
}

function consoleLine(log: (console: Console) => void): string {
  return written((sink) => log(new Console(sink)));
}

function written(write: (sink: Writable) => void): string {
  let text = '';
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  write(sink);
  return text;
}

/** What holds functions cannot be cloned at all. */
function cloned(value: object): unknown {
  try {
    return structuredClone(value);
  } catch (error) {
    return error instanceof DOMException ? error.name : error;
  }
}

const bigintsAsText = (_name: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);
