/**
 * Shows how far something is, on one line of standard output: updated in place on a terminal, written once a second
 * elsewhere. What there is to show it is told.
 */
import { createLogUpdate } from 'log-update';

export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What else is worth knowing, behind the rate. */
  readonly note: string;
}

const BAR_WIDTH = 24;
const MS_ON_TERMINAL = 80;
const MS_ELSEWHERE = 1000;

const isTerminal = process.stdout.isTTY;
const hasColors = isTerminal && process.stdout.hasColors();

export const bold = (text: string): string => (hasColors ? `\u001B[1m${text}\u001B[22m` : text);
export const dim = (text: string): string => (hasColors ? `\u001B[2m${text}\u001B[22m` : text);
export const green = (text: string): string => (hasColors ? `\u001B[32m${text}\u001B[39m` : text);
export const red = (text: string): string => (hasColors ? `\u001B[31m${text}\u001B[39m` : text);

/** 1234567 as '1 234 567'. */
export const grouped = (count: number): string => String(Math.round(count)).replaceAll(/\B(?=(\d{3})+$)/g, ' ');

/** Shows what `look` tells until `stop` is called, which takes the line away again. */
export class ProgressLine {
  readonly #look: () => Progress;
  readonly #inPlace = isTerminal ? createLogUpdate(process.stdout) : undefined;
  readonly #timer: NodeJS.Timeout;
  #seen = 0;
  #seenAt = performance.now();
  #rate = 0;

  constructor(look: () => Progress) {
    this.#look = look;
    this.#timer = setInterval(() => this.#show(), isTerminal ? MS_ON_TERMINAL : MS_ELSEWHERE);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#inPlace?.clear();
    this.#inPlace?.done(); // shows the cursor again
  }

  #show(): void {
    const { done, total, note } = this.#look();
    const share = total === 0 ? 1 : done / total;
    const filled = Math.round(share * BAR_WIDTH);
    const bar = green('━'.repeat(filled)) + dim('─'.repeat(BAR_WIDTH - filled));
    const percent = `${Math.floor(share * 100)} %`.padStart(5);
    const line = `  ${bar} ${percent}  ${`${grouped(this.#rateAt(done))}/s`.padStart(10)}  ${note}`;
    if (this.#inPlace === undefined) console.log(line);
    else this.#inPlace(line);
  }

  /** Over the last few looks: half of it is the newest one. */
  #rateAt(done: number): number {
    const now = performance.now();
    const newest = ((done - this.#seen) / Math.max(1, now - this.#seenAt)) * 1000;
    this.#rate = this.#rate === 0 ? newest : (this.#rate + newest) / 2;
    this.#seen = done;
    this.#seenAt = now;
    return this.#rate;
  }
}
