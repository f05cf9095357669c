/** Starts the sink of the benchmarks in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface Sink {
  readonly port: string;
  stop(): void;
}

/** It answers at once, or `answersPerSecond`. */
export async function startSink(answersPerSecond?: number): Promise<Sink> {
  const args = [
    join(import.meta.dirname, 'sink.js'),
    ...(answersPerSecond === undefined ? [] : [`${answersPerSecond}`]),
  ];
  const sink = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line]: Buffer[] = await once(sink.stdout, 'data');
  return { port: String(line).trim(), stop: () => sink.kill() };
}
