/**
 * The names under which brokers bring replies to one producer. A request carries one of them, and every broker must know
 * on which connection the client with this name is.
 *
 * Brokers forget that for a client id when **any** connection that has told it closes or unregisters, whichever connection
 * they had noted, and no later heartbeat on a connection that they know already brings it back (ProducerManager.java, seen
 * with 5.5.0 and 4.9.7). So a namesake that leaves, or an old connection of this client that a broker closes late, costs
 * all replies from then on. Where that may have happened, requests get a new name, which nobody else has ever told.
 *
 *     client id ──connection lost, request timed out, requester not found──► id of its own ──the same──► another …
 *
 * A name stays known to the brokers as long as a request that carries it waits.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../time/clock.js';

/** What names need of the producer behind them. */
export interface ReplyNamesHost {
  /** As in the heartbeats; known before the start. */
  readonly clientId: string;
  readonly clock: Clock;
  /** From now on brokers are told the name, in addition to those they know; before a request leaves that carries it. */
  addReplyName(name: string): void;
  /** Brokers may forget it. */
  removeReplyName(name: string): void;
}

/** Requests time out for other reasons, too. */
const RENEWED_AFTER_MS = 30_000;

export class ReplyNames {
  readonly #host: ReplyNamesHost;
  /** How many requests wait under each name that is not the client id. */
  readonly #waiting = new Map<string, number>();
  #current: string | undefined;
  /** A request has been made under the current name, or one before. */
  #isUsed = false;
  #renewedAt = Number.NEGATIVE_INFINITY;

  constructor(host: ReplyNamesHost) {
    this.#host = host;
  }

  /** The name for one more request, which `release` is called for when it has its outcome. */
  take(): string {
    this.#isUsed = true;
    const name = this.#current;
    if (name === undefined) return this.#host.clientId;
    this.#waiting.set(name, (this.#waiting.get(name) ?? 0) + 1);
    return name;
  }

  release(name: string): void {
    const waiting = this.#waiting.get(name);
    if (waiting === undefined) return;
    this.#waiting.set(name, waiting - 1);
    this.#forgetUnused(name);
  }

  isOwn(name: string): boolean {
    return name === this.#host.clientId || this.#waiting.has(name);
  }

  /** A connection over which brokers brought replies is gone: what its end makes a broker forget is not known. */
  connectionLost(): void {
    if (this.#isUsed) this.#renew();
  }

  /** A reply did not come, or a broker could not find the requester: at most once in 30 s there is a new name. */
  replyMissed(): void {
    if (this.#host.clock.now() - this.#renewedAt >= RENEWED_AFTER_MS) this.#renew();
  }

  /** The producer leaves, and its names with it. */
  close(): void {
    for (const name of this.#waiting.keys()) this.#host.removeReplyName(name);
    this.#waiting.clear();
  }

  #renew(): void {
    const before = this.#current;
    const name = `${this.#host.clientId}@${randomUUID()}`;
    this.#current = name;
    this.#isUsed = false;
    this.#renewedAt = this.#host.clock.now();
    this.#waiting.set(name, 0);
    this.#host.addReplyName(name);
    if (before !== undefined) this.#forgetUnused(before);
  }

  #forgetUnused(name: string): void {
    if (name === this.#current || this.#waiting.get(name) !== 0) return;
    this.#waiting.delete(name);
    this.#host.removeReplyName(name);
  }
}
