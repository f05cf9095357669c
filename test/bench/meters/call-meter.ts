/**
 * Counts how many functions a message enters, and in how many files, with the engine's precise coverage. The figures do
 * not depend on how fast the machine is. Counted are the library and what it depends on: neither Node nor the benchmark.
 */
import { Session, type Profiler } from 'node:inspector';
import type { Meter, Span } from './meter.js';

export interface Calls {
  /** Function entries a message. */
  readonly entries: number;
  /** Files of which a message enters some function, those that only some messages enter left out. */
  readonly files: number;
}

const isCounted = (url: string): boolean => url.startsWith('file:') && !url.includes('/test/bench/');

export class CallMeter implements Meter<Calls> {
  readonly #span: Span;
  readonly #session = new Session();
  #settled = 0;
  #calls: Calls | undefined;

  constructor(span: Span) {
    this.#span = span;
    this.#session.connect();
  }

  settled(): void {
    const settled = ++this.#settled;
    if (settled === this.#span.warmUp) this.#start();
    else if (settled === this.#span.warmUp + this.#span.messages) this.#calls = this.#stop();
  }

  figures(): Calls {
    if (this.#calls === undefined) throw new Error(`only ${this.#settled} messages were settled`);
    return this.#calls;
  }

  #start(): void {
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  }

  #stop(): Calls {
    let scripts: readonly Profiler.ScriptCoverage[] = [];
    // The session is of this thread: the callback is called before `post` returns.
    this.#session.post('Profiler.takePreciseCoverage', (error, taken) => {
      if (error !== null) throw error;
      scripts = taken.result;
    });
    this.#session.disconnect();
    const entered = scripts
      .filter(({ url }) => isCounted(url))
      .map(({ functions }) => functions.reduce((total, { ranges }) => total + (ranges[0]?.count ?? 0), 0));
    return {
      entries: entered.reduce((total, count) => total + count, 0) / this.#span.messages,
      files: entered.filter((count) => count > this.#span.messages / 2).length,
    };
  }
}
