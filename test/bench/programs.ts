/** Starts the programs of the benchmark, each in a process of its own: what is measured must not share one with anything. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename, join } from 'node:path';
import type { SinkOptions } from './sink/sink-options.js';

export interface Sink {
  /** The address of its name server. */
  readonly nameServers: string;
  stop(): void;
}

export class Programs {
  /** Where test/bench is compiled to. */
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  /** Runs a program to its end and returns what it printed. Rejects where it failed. */
  async run(name: string, args: readonly string[]): Promise<string> {
    return runCommand(process.execPath, [this.path(name), ...args]);
  }

  /** Starts a sink; resolves when it listens. */
  async startSink(options: SinkOptions): Promise<Sink> {
    const program = [this.path('sink/sink-program.js'), JSON.stringify(options)];
    const sink = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line]: Buffer[] = await once(sink.stdout, 'data');
    return { nameServers: String(line).trim(), stop: () => sink.kill() };
  }
}

/** Runs a command to its end and returns what it printed on standard output. Rejects where it failed, with its complaint. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
  });
  let output = '';
  let complaint = '';
  child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (complaint += bytes.toString()));
  const [code, signal]: (number | string | null)[] = await once(child, 'close');
  if (code === 0) return output;
  const said = `${complaint}${output}`;
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  const reason = lines.find((line) => /error|exception|panic/i.test(line)) ?? lines.at(-1) ?? '';
  const name = [command, ...args.slice(0, 1)].map((path) => basename(path)).join(' ');
  throw new Error(`${name} ended with ${String(signal ?? code)}: ${reason.trim()}`, { cause: said });
}

/** Returns what a program printed last, which is its result in JSON. */
export function lastLineOf<Result>(output: string): Result {
  return JSON.parse(output.trim().split('\n').at(-1) ?? '');
}
