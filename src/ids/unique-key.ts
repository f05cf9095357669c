/**
 * Makes unique keys, the ids that messages carry from here to the consumer, in the format of the Java client. It does
 * not know messages.
 *
 *     7F000001 4572 5FFD2B27 63BC2617 002A      upper-case hex; 32 characters, 56 with an IPv6 address
 *     address  pid  process  time     counter
 *
 * Source: MessageClientIDSetter.java (5.5.0).
 */
import { randomBytes } from 'node:crypto';
import { keyAddress } from './local-address.js';

export interface UniqueKeySource {
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
  readonly pid: number;
  /** 4 bytes that tell two processes with one address and pid apart, and two threads of one process. */
  readonly process: Uint8Array;
  /** Wall clock, ms since 1970: the time part means a date to those who read it. */
  readonly now: () => number;
}

/** Two hex digits for each byte. */
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => hex(byte, 2));

/**
 * One sequence of unique keys: no key twice, as long as fewer than 65 536 000 a second are taken.
 *
 * All but the last two digits are rendered ahead, for a block of 256 keys. Time never goes back: (1) the counter has 16
 * bits, so key 65 536 has the counter of key 0 again; (2) were the time part the same, because all that took less than
 * a millisecond or the clock was set back, the key would be the same too; (3) so the time part moves on by at least
 * 1 ms whenever the counter starts again, and only forward at all other times.
 */
export class UniqueKeySequence {
  readonly #now: () => number;
  readonly #prefix: string;
  #time = Number.NEGATIVE_INFINITY;
  #monthStart = 0;
  #nextMonthStart = Number.NEGATIVE_INFINITY;
  #timePart = '';
  #block = '';
  #counter = -1;

  constructor({ address, pid, process, now }: UniqueKeySource) {
    this.#now = now;
    const bytes = Buffer.concat([address, Buffer.from([(pid >> 8) & 0xff, pid & 0xff]), process]);
    this.#prefix = bytes.toString('hex').toUpperCase();
  }

  /** `now` is the time, where the caller has just read it. */
  next(now = this.#now()): string {
    const counter = (this.#counter + 1) & 0xffff;
    this.#counter = counter;
    if (now > this.#time || counter === 0) {
      this.#moveTimeTo(Math.max(now, this.#time + 1));
      this.#startBlock(counter);
    } else if ((counter & 0xff) === 0) {
      this.#startBlock(counter);
    }
    return this.#block + HEX[counter & 0xff];
  }

  #startBlock(counter: number): void {
    this.#block = this.#prefix + this.#timePart + HEX[counter >> 8];
  }

  #moveTimeTo(time: number): void {
    this.#time = time;
    if (time >= this.#nextMonthStart) {
      const date = new Date(time);
      this.#monthStart = new Date(date.getFullYear(), date.getMonth(), 1).getTime();
      this.#nextMonthStart = new Date(date.getFullYear(), date.getMonth() + 1, 1).getTime();
    }
    // A long month has more milliseconds than an int32 holds: only the bit pattern matters.
    this.#timePart = hex(Math.max(0, time - this.#monthStart) % 2 ** 32, 8);
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}

let sequence: UniqueKeySequence | undefined;

/** The next unique key of this process; about 0.1 us. `now` is `Date.now()`, where the caller has just read it. */
export function nextUniqueKey(now?: number): string {
  sequence ??= new UniqueKeySequence({
    address: keyAddress() ?? randomBytes(4),
    pid: process.pid,
    process: randomBytes(4),
    now: Date.now,
  });
  return sequence.next(now);
}
