/**
 * Whether a server at the other end still does anything. TCP does not tell for many minutes: connecting and writing
 * succeed as long as the machine, or only its kernel, is there. Time is handed in; what follows is not decided here.
 */

/** A server that owes answers and sends no frame at all for so long is gone, or as good as gone. */
const SILENCE_MS = 10_000;

/** How long the kernel may be unable to take a write; frames that nobody answers have no other limit. */
const STALL_MS = 30_000;

export class VitalSigns {
  /** When a frame last went either way. */
  lastActiveAt: number;
  /** When the server last sent a whole frame; NaN until it has. */
  lastHeardAt = Number.NaN;
  /** Since when the server owes an answer and has sent nothing; NaN while it owes none. */
  #silentSince = Number.NaN;
  /** Since when the last write waits for the kernel; NaN while none does. */
  #stalledSince = Number.NaN;

  constructor(now: number) {
    this.lastActiveAt = now;
  }

  /** Whether the server is known to owe an answer. */
  get isAsked(): boolean {
    return !Number.isNaN(this.#silentSince);
  }

  /** The server owes an answer. */
  asked(now: number): void {
    if (!this.isAsked) this.#silentSince = now;
  }

  /** The server sent a whole frame; `isAsked` says whether it still owes an answer. */
  heard(now: number, isAsked: boolean): void {
    this.lastActiveAt = now;
    this.lastHeardAt = now;
    this.#silentSince = isAsked ? now : Number.NaN;
  }

  /** A write was begun. */
  wrote(now: number): void {
    this.lastActiveAt = now;
    this.#stalledSince = now;
  }

  /** The kernel has taken the write. */
  taken(): void {
    this.#stalledSince = Number.NaN;
  }

  /** Why the server has to be given up, if it has. Silence counts only where it let a request time out just now. */
  complaint(now: number, hasTimedOut: boolean): string | undefined {
    // Since NaN nothing has lasted any time: these are false where there is nothing to wait for.
    const silentMs = Math.round(now - this.#silentSince);
    if (hasTimedOut && silentMs >= SILENCE_MS) return `the server has said nothing for ${silentMs} ms`;
    const stalledMs = Math.round(now - this.#stalledSince);
    return stalledMs >= STALL_MS ? `the server has read nothing for ${stalledMs} ms` : undefined;
  }
}
