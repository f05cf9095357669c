/**
 * Knows the name servers and which of them to ask: one answers for all until it fails. It does not know what is asked.
 */
import { createError, RocketMQError } from '../errors/rocketmq-error.js';
import type { Clock } from '../time/clock.js';

/**
 * The addresses in one text, separated by `;`, or in a list of such texts; each once, in order. Of an address with a
 * scheme only what follows the last `/` counts, as in the Java client.
 */
export function parseNameServers(value: string | readonly string[]): readonly string[] {
  const texts = typeof value === 'string' ? [value] : value;
  const addresses = texts
    .flatMap((text) => text.split(';'))
    .map((part) => part.slice(part.lastIndexOf('/') + 1).trim());
  return [...new Set(addresses.filter((address) => address !== ''))];
}

/**
 * Asks one server and resolves with what it knows, `undefined` when it knows nothing. Rejects when the server cannot
 * say: unreachable, too slow, not ready, not a name server. Must end by `deadlineAt` (Clock.now()).
 */
export type NameServerQuestion<T> = (address: string, deadlineAt: number) => Promise<T | undefined>;

export interface NameServersOptions {
  readonly addresses: readonly string[];
  readonly clock: Clock;
  /** Shuffles the servers, so that many clients spread over them. */
  readonly random?: () => number;
}

/** The configured name servers. The one that answered last is asked first. */
export class NameServers {
  readonly addresses: readonly string[];
  readonly #clock: Clock;
  #preferred = 0;

  /** Throws RMQ_NAME_SERVER_MISSING for an empty list. */
  constructor({ addresses, clock, random = Math.random }: NameServersOptions) {
    if (addresses.length === 0) throw createError('RMQ_NAME_SERVER_MISSING', 'The list of name servers is empty.');
    this.addresses = shuffled(addresses, random);
    this.#clock = clock;
  }

  /**
   * Asks one server after another until one knows something. Each gets its share of the time that is left, so that a
   * server that swallows every packet does not eat the time of the others; what one does not use goes to the rest.
   * A server that knows nothing does not decide alone: it may have been restarted, with its brokers still to come.
   *
   * Resolves with `undefined` when every server that answered knows nothing. Rejects with
   * RMQ_NAME_SERVER_UNREACHABLE, which names each server and what happened, when none answered.
   */
  async ask<T>(question: NameServerQuestion<T>, timeoutMs: number): Promise<T | undefined> {
    const endAt = this.#clock.now() + timeoutMs;
    const count = this.addresses.length;
    const first = this.#preferred;
    const problems: [address: string, error: unknown][] = [];
    let answered: number | undefined;
    for (let asked = 0; asked < count; asked++) {
      const index = (first + asked) % count;
      const address = this.addresses[index] ?? '';
      const now = this.#clock.now();
      try {
        const answer = await question(address, now + (endAt - now) / (count - asked));
        if (answer !== undefined) {
          this.#preferred = index;
          return answer;
        }
        answered ??= index;
      } catch (error) {
        problems.push([address, error]);
      }
    }
    if (answered === undefined) throw unreachable(problems);
    this.#preferred = answered;
    return undefined;
  }
}

function shuffled(addresses: readonly string[], random: () => number): readonly string[] {
  const rest = [...addresses];
  return addresses.flatMap(() => rest.splice(Math.floor(random() * rest.length), 1));
}

function unreachable(problems: readonly [address: string, error: unknown][]): RocketMQError {
  const told = problems.map(([address, error]) => [address, tell(error)] as const);
  const list = told.map(([address, what]) => `${address}: ${what}`).join('; ');
  return createError('RMQ_NAME_SERVER_UNREACHABLE', `No name server answered. ${list}`, {
    detail: Object.fromEntries(told),
    cause: problems[0]?.[1],
  });
}

function tell(error: unknown): string {
  if (!(error instanceof RocketMQError)) return String(error);
  const isStranger = error.code === 'RMQ_PROTOCOL_VIOLATION' || error.code === 'RMQ_REQUEST_UNSUPPORTED';
  return isStranger ? `does not look like a name server: ${error.message}` : error.message;
}
