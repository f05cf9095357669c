/** Says how far the benchmark is: one line on a terminal, updated in place; elsewhere a line for each step. */
import { createLogUpdate } from 'log-update';

export class ProgressLine {
  readonly #inPlace = process.stderr.isTTY ? createLogUpdate(process.stderr) : undefined;

  /** Shows what is under way. */
  show(text: string): void {
    this.#inPlace?.(`  ${text}`);
  }

  /** Says what was done. */
  done(text: string): void {
    if (this.#inPlace === undefined) process.stderr.write(`${text}\n`);
    else this.#inPlace(`  ${text}`);
  }

  /** Takes the line away, so that what is printed next stands alone. */
  clear(): void {
    this.#inPlace?.clear();
    this.#inPlace?.done();
  }
}
