/**
 * How much of a window the messages to each broker hold, so that one that does not respond cannot hold all of it. A share
 * matters only while its broker **lags**: others responded to an eighth of what is in flight since it last did. Otherwise, and
 * with one broker, nothing is limited.
 *
 *     2 brokers, window 256     free to choose a broker          bound to a broker (key, fixed queue)
 *     lags                      passes over it from 128 on       waits, without a slot, from 192 on
 *     silent (BrokerLiveness)   passes over it, but for probes   waits, but for probes
 *
 * It counts and judges; who waits, and what then follows, is `Flow`'s.
 */
import type { Clock } from '../../time/clock.js';
import type { Envelope, EnvelopeOutcome, ShareOfEnvelope } from '../message/envelope.js';
import type { BrokerLiveness, LivenessTable } from './broker-liveness.js';
import type { Window } from './window.js';

/** A broker lags when others responded to what is in flight divided by this since it responded. */
const LAG_DIVISOR = 8;
/** The share of a broker that nobody used for so long counts no more. */
const IDLE_MS = 60_000;

/** The shares of one flow's window. */
export class BrokerShares {
  readonly #window: Window;
  readonly #brokers: LivenessTable;
  readonly #clock: Clock;
  readonly #byName = new Map<string, BrokerShare>();
  /** Found last: rotation goes through the queues of one broker, and asks twice. */
  #latestName = '';
  #latest: BrokerShare | undefined;
  /** One of as many parts as there are brokers. */
  #part = 1;
  #waiting = 0;
  /** Responses to attempts of this flow. */
  responses = 0;

  constructor(window: Window, brokers: LivenessTable, clock: Clock) {
    this.#window = window;
    this.#brokers = brokers;
    this.#clock = clock;
  }

  /** Once for each turn of the event loop, as `Clock.tickNow`. */
  get now(): number {
    return this.#clock.tickNow();
  }

  /** Returns the share of a broker. */
  of(brokerName: string): BrokerShare {
    return this.#find(brokerName) ?? this.#add(brokerName);
  }

  /** Whether a message that can go elsewhere may be sent to a broker. */
  mayTake(brokerName: string): boolean {
    if (this.#byName.size < 2) return true;
    const share = this.#find(brokerName);
    if (share === undefined) return true;
    const { liveness } = share;
    if (liveness.isSilent) return !this.#isFull(share) && liveness.isProbeDue(this.now);
    return !this.#isFull(share) || !this.lags(share);
  }

  /** Whether a message of so many bytes that can go nowhere else has to wait for its broker. */
  mustWait(share: BrokerShare, bytes: number): boolean {
    if (this.#byName.size < 2) return false;
    const { liveness } = share;
    if (liveness.isSilent) return this.#isFull(share) || !liveness.isProbeDue(this.now);
    return this.#isFull(share) && share.isStuck && !this.#leavesEnough(bytes);
  }

  /** Others responded, and it did not. */
  lags({ held, respondedAt }: BrokerShare): boolean {
    return held > 0 && (this.responses - respondedAt) * LAG_DIVISOR >= this.#window.inFlight;
  }

  /** Messages that are held by brokers from which they will not come back soon. */
  get stuck(): number {
    let held = 0;
    for (const share of this.#byName.values()) if (share.isStuck) held += share.held;
    return held;
  }

  // ------------------------------------------------------------------ messages that wait for their brokers

  get hasWaiting(): boolean {
    return this.#waiting > 0;
  }

  /** The message waits from now on; `proceed` sends it on. */
  addWaiting(share: BrokerShare, envelope: Envelope, proceed: () => void): void {
    share.waiting.set(envelope, proceed);
    this.#waiting++;
  }

  /** The message waits no longer. */
  removeWaiting(envelope: Envelope): void {
    const share = this.#byName.get(envelope.queue?.brokerName ?? '');
    if (share?.waiting.delete(envelope) === true) this.#waiting--;
  }

  /** Returns a message that has to wait no longer, and what sends it on: of one broker, that which came first. */
  nextReady(): readonly [Envelope, () => void] | undefined {
    for (const share of this.#byName.values()) {
      const [first] = share.waiting;
      if (first !== undefined && !this.mustWait(share, first[0].bytes)) return first;
    }
    return undefined;
  }

  // ------------------------------------------------------------------ inside

  #isFull({ held, heldBytes, liveness }: BrokerShare): boolean {
    const part = this.#part;
    return (
      this.#window.isPart(part, held, heldBytes) || this.#window.isPartOfLimit(part, liveness.held, liveness.heldBytes)
    );
  }

  /** Whether all brokers from which nothing comes back, with one message more, leave half a part to the others. */
  #leavesEnough(bytes: number): boolean {
    let [held, heldBytes, allHeld, allBytes] = [1, bytes, 1, bytes];
    for (const share of this.#byName.values()) {
      if (!share.isStuck) continue;
      held += share.held;
      heldBytes += share.heldBytes;
      allHeld += share.liveness.held;
      allBytes += share.liveness.heldBytes;
    }
    const part = 1 - this.#part / 2;
    return !this.#window.isPart(part, held, heldBytes) && !this.#window.isPartOfLimit(part, allHeld, allBytes);
  }

  #add(brokerName: string): BrokerShare {
    // Those of brokers that are gone would make the parts of the others smaller.
    const idleSince = this.now - IDLE_MS;
    for (const [name, share] of this.#byName) if (share.isIdleSince(idleSince)) this.#byName.delete(name);
    const created = new BrokerShare(this, this.#brokers.of(brokerName));
    this.#byName.set(brokerName, created);
    this.#part = 1 / this.#byName.size;
    this.#latest = undefined;
    this.#latestName = '';
    return created;
  }

  #find(brokerName: string): BrokerShare | undefined {
    if (this.#latest !== undefined && brokerName === this.#latestName) return this.#latest;
    this.#latestName = brokerName;
    return (this.#latest = this.#byName.get(brokerName));
  }
}

/** What one broker holds of the window: the messages for whose attempt it was chosen, until that has ended. */
export class BrokerShare implements ShareOfEnvelope {
  readonly liveness: BrokerLiveness;
  readonly #shares: BrokerShares;
  /** Messages that wait for it, without a slot, and what sends each of them on. */
  readonly waiting = new Map<Envelope, () => void>();
  held = 0;
  heldBytes = 0;
  /** How many responses the flow had when this broker last responded, or began to have something to respond to. */
  respondedAt = 0;

  constructor(shares: BrokerShares, liveness: BrokerLiveness) {
    this.#shares = shares;
    this.liveness = liveness;
  }

  /** Whether nothing of what it holds will come back soon. */
  get isStuck(): boolean {
    return this.held > 0 && (this.liveness.isSilent || (this.#shares.lags(this) && this.liveness.isQuiet));
  }

  isIdleSince(then: number): boolean {
    return this.held === 0 && this.waiting.size === 0 && this.liveness.respondedAt < then;
  }

  begin(envelope: Envelope): void {
    if (envelope.share !== undefined) envelope.share.leave(envelope);
    envelope.share = this;
    if (this.held++ === 0) this.respondedAt = this.#shares.responses;
    this.heldBytes += envelope.bytes;
    this.liveness.held++;
    this.liveness.heldBytes += envelope.bytes;
  }

  sent({ mode }: Envelope): void {
    // Nobody responds to a oneway message.
    if (mode !== 'oneway') this.liveness.asked(this.#shares.now);
  }

  ended(envelope: Envelope, outcome: EnvelopeOutcome): void {
    this.leave(envelope);
    const isResponse = outcome.ok || outcome.error.detail['responseCode'] !== undefined;
    if (isResponse) this.respondedAt = ++this.#shares.responses;
    if (envelope.sink === undefined || envelope.mode === 'oneway') return;
    if (isResponse) this.liveness.responded(this.#shares.now);
    else if (outcome.stage !== 'send') this.liveness.failed(envelope.attemptStartedAt, 'ended from outside');
    else if (outcome.error.code !== 'RMQ_ATTEMPT_TIMEOUT')
      this.liveness.failed(envelope.attemptStartedAt, 'no connection');
    else this.liveness.failed(envelope.attemptStartedAt, 'timeout');
  }

  leave(envelope: Envelope): void {
    envelope.share = undefined;
    this.held--;
    this.heldBytes -= envelope.bytes;
    this.liveness.held--;
    this.liveness.heldBytes -= envelope.bytes;
  }
}
