/**
 * Notices brokers that owe responses and send none while other brokers respond. It is measured by the responses
 * themselves, without a timer: a clock would blame a broker for a blocked event loop of our own.
 *
 *     broker-a   r r  r r r  r  r r r r  r r
 *     broker-b   r  r r                         silent: pending since │◄── longer than 4 of its usual gaps, ──►│ now
 *                                                                          and than 100 ms
 */

/** A shorter pause is no silence, however fast the broker was before. */
const SHORTEST_SILENCE_MS = 100;
/** A pause has to be so many times as long as the usual one between two responses, as long as the broker owes any. */
const USUAL_GAPS = 4;
/** What one gap that is shorter than usual changes. */
const GAP_WEIGHT = 1 / 16;
/** A silent broker gets one attempt in so many ms, so that its return is noticed. */
const PROBE_EVERY_MS = 500;

/** The brokers of one producer, over all its flows. */
export class LivenessTable {
  readonly #byName = new Map<string, BrokerLiveness>();
  readonly #onSilent: (brokerName: string, silentMs: number) => void;
  /** When any broker responded last, and when one did in an earlier turn of the event loop. */
  respondedAt = Number.NEGATIVE_INFINITY;
  respondedBefore = Number.NEGATIVE_INFINITY;

  /** `onSilent` is called once for each silence. */
  constructor(onSilent: (brokerName: string, silentMs: number) => void = () => {}) {
    this.#onSilent = onSilent;
  }

  /** Returns the record of a broker. */
  of(brokerName: string): BrokerLiveness {
    const known = this.#byName.get(brokerName);
    if (known !== undefined) return known;
    if (this.#byName.size >= MAX_BROKERS) this.#forgetIdle();
    const created = new BrokerLiveness(this, (silentMs) => this.#onSilent(brokerName, silentMs));
    this.#byName.set(brokerName, created);
    return created;
  }

  /** Whether the broker failed to respond to the latest attempt that ended there. */
  isDown(brokerName: string): boolean {
    return this.#byName.get(brokerName)?.isDown === true;
  }

  #forgetIdle(): void {
    for (const [brokerName, broker] of this.#byName) if (broker.held === 0) this.#byName.delete(brokerName);
  }
}

/** More broker names than any cluster has at a time: those of brokers that are gone go first. */
const MAX_BROKERS = 1024;

/** What is known of one broker: whether it owes responses, since when, and how long it usually takes until the next. */
export class BrokerLiveness {
  readonly #table: LivenessTable;
  readonly #onSilent: (silentMs: number) => void;
  /** Messages on their way to it, and their bytes, over all flows of the producer. */
  held = 0;
  heldBytes = 0;
  /** The latest attempt there ended without a response. */
  isDown = false;
  #owed = 0;
  /** Since when it owes a response and has sent none; never where it owes none. */
  #owesSince = Number.POSITIVE_INFINITY;
  /** When it responded last. */
  respondedAt = Number.NEGATIVE_INFINITY;
  #hasTimedOut = false;
  #usualGapMs = 0;
  #silenceMs = SHORTEST_SILENCE_MS;
  #probedAt = Number.NEGATIVE_INFINITY;
  #isReported = false;

  constructor(table: LivenessTable, onSilent: (silentMs: number) => void) {
    this.#table = table;
    this.#onSilent = onSilent;
  }

  /**
   * Whether it owes responses and sent none for longer than it usually takes, while other brokers responded. What responded
   * in this turn of the event loop does not count: its own response may be the next that is read.
   */
  get isSilent(): boolean {
    const quietMs = this.#table.respondedBefore - this.#owesSince;
    if (quietMs <= 0 || (quietMs <= this.#silenceMs && !this.#hasTimedOut)) return false;
    this.#report(quietMs);
    return true;
  }

  /** Whether it owes responses and sent none in the last two turns of the event loop in which any broker responded. */
  get isQuiet(): boolean {
    return this.#owesSince < this.#table.respondedBefore;
  }

  /** Whether a silent broker may get an attempt again. */
  isProbeDue(now: number): boolean {
    return now - this.#probedAt >= PROBE_EVERY_MS;
  }

  /** An attempt was sent to it. */
  asked(now: number): void {
    this.#owed++;
    if (this.#owesSince === Number.POSITIVE_INFINITY) this.#owesSince = now;
    else if (this.isSilent) this.#probedAt = now;
  }

  /** It responded to an attempt, in whatever way. */
  responded(now: number): void {
    if (now !== this.respondedAt) this.#firstOfTurn(now);
    this.#owed--;
    this.#owesSince = this.#owed > 0 ? now : Number.POSITIVE_INFINITY;
  }

  /** An attempt that began at `startedAt` ended without a response. */
  failed(startedAt: number, how: 'timeout' | 'no connection' | 'ended from outside'): void {
    if (how === 'timeout' && this.respondedAt <= startedAt) this.#hasTimedOut = true;
    if (how !== 'ended from outside') this.isDown = true;
    this.#owed--;
    // What a silent broker owes it owes until it responds, also over another connection.
    if (this.#owed === 0 && !this.#hasTimedOut && !this.isSilent) this.#owesSince = Number.POSITIVE_INFINITY;
  }

  #firstOfTurn(now: number): void {
    const table = this.#table;
    if (this.#owesSince < now) this.#learn(now - this.#owesSince);
    this.respondedAt = now;
    this.isDown = false;
    this.#hasTimedOut = false;
    this.#isReported = false;
    if (now === table.respondedAt) return;
    table.respondedBefore = table.respondedAt;
    table.respondedAt = now;
  }

  /** A silence is not its usual gap; but one that is always slow is soon known to be. */
  #learn(gapMs: number): void {
    const learned = Math.min(gapMs, 2 * this.#silenceMs);
    const usual = this.#usualGapMs;
    this.#usualGapMs = learned > usual ? learned : usual + (learned - usual) * GAP_WEIGHT;
    this.#silenceMs = Math.max(SHORTEST_SILENCE_MS, USUAL_GAPS * this.#usualGapMs);
  }

  #report(silentMs: number): void {
    if (this.#isReported) return;
    this.#isReported = true;
    this.#onSilent(silentMs);
  }
}
