/**
 * Knows the name servers and which of them to ask: one answers for all until it fails. It does not know what is asked.
 */
import { isIP } from 'node:net';
import type { ErrorCode } from '../errors/error-table.js';
import { createError, RocketMQError, withStored } from '../errors/rocketmq-error.js';
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

/** Whether `list` is one or more addresses, separated by `;`, and nothing else: `host:port` or `[IPv6]:port`. */
export function areAddresses(list: string): boolean {
  const addresses = parseNameServers(list);
  return addresses.length > 0 && addresses.every(isAddress);
}

function isAddress(one: string): boolean {
  const {
    host = '',
    v6,
    port,
  } = /^(?:\[(?<v6>[^\]]*)\]|(?<host>[^\s:/@[\]]+)):(?<port>\d{1,5})$/.exec(one)?.groups ?? {};
  const number = Number(port);
  return (v6 === undefined ? host !== '' : isIP(v6) === 6) && number >= 1 && number <= 65_535;
}

/**
 * Asks one server and resolves with what it knows, `undefined` when it knows nothing. Rejects when the server cannot
 * say: unreachable, too slow, not ready, not a name server. Must end by `deadlineAt` (Clock.now()).
 */
export type NameServerQuestion<T> = (address: string, deadlineAt: number) => Promise<T | undefined>;

/** Where name servers can be learned of. */
export interface MoreNameServers {
  /** What was wrong the last time. */
  readonly problem: string;
  /** Learns of them now, if it is worth a try. Never rejects. */
  fetchAgain(): Promise<void>;
}

export interface NameServersOptions {
  /** Those that are configured; may be empty where `discovery` is given. */
  readonly addresses: readonly string[];
  /** Where others come from; what it finds is to be told to `replace`. */
  readonly discovery?: MoreNameServers | undefined;
  readonly clock: Clock;
  /** Shuffles the servers, so that many clients spread over them. */
  readonly random?: (() => number) | undefined;
}

/** The name servers there are. The one that answered last is asked first. */
export class NameServers {
  readonly #options: NameServersOptions;
  #addresses: readonly string[];
  #preferred = 0;

  /** Throws RMQ_NAME_SERVER_MISSING for an empty list without discovery. */
  constructor(options: NameServersOptions) {
    if (options.addresses.length === 0 && options.discovery === undefined) {
      throw createError('RMQ_NAME_SERVER_MISSING', 'The list of name servers is empty.');
    }
    this.#options = options;
    this.#addresses = this.#shuffled(options.addresses);
  }

  get addresses(): readonly string[] {
    return this.#addresses;
  }

  /** Other servers from now on. The one that answered last is still asked first if it is among them. */
  replace(addresses: readonly string[]): void {
    const preferred = this.#addresses[this.#preferred];
    this.#addresses = this.#shuffled(addresses);
    this.#preferred = Math.max(0, preferred === undefined ? 0 : this.#addresses.indexOf(preferred));
  }

  /**
   * Asks one server after another until one knows something. Each gets its share of the time that is left, so that a
   * server that swallows every packet does not eat the time of the others; what one does not use goes to the rest.
   * A server that knows nothing does not decide alone: it may have been restarted, with its brokers still to come.
   *
   * Resolves with `undefined` when every server that answered knows nothing. Rejects with
   * RMQ_NAME_SERVER_UNREACHABLE, which names each server and what happened, when none answered; where it was for the
   * credentials or TLS, with what is wrong with those. While no server is known, discovery is tried once more before.
   */
  async ask<T>(question: NameServerQuestion<T>, timeoutMs: number): Promise<T | undefined> {
    const { clock, discovery } = this.#options;
    if (this.#addresses.length === 0) await discovery?.fetchAgain();
    const addresses = this.#addresses;
    const endAt = clock.now() + timeoutMs;
    const count = addresses.length;
    const first = this.#preferred;
    const problems: [address: string, error: unknown][] = [];
    let answered: number | undefined;
    for (let asked = 0; asked < count; asked++) {
      const index = (first + asked) % count;
      const address = addresses[index] ?? '';
      const now = clock.now();
      try {
        const answer = await question(address, now + (endAt - now) / (count - asked));
        if (answer !== undefined) {
          this.#prefer(addresses, index);
          return answer;
        }
        answered ??= index;
      } catch (error) {
        problems.push([address, error]);
      }
    }
    if (answered === undefined) {
      throw count === 0 ? unknown(discovery?.problem ?? '') : (accessProblem(problems) ?? unreachable(problems));
    }
    this.#prefer(addresses, answered);
    return undefined;
  }

  /** Unless the list was replaced meanwhile, whose indices are others. */
  #prefer(addresses: readonly string[], index: number): void {
    if (addresses === this.#addresses) this.#preferred = index;
  }

  #shuffled(addresses: readonly string[]): readonly string[] {
    const { random = Math.random } = this.#options;
    const shuffled = [...addresses];
    for (const [at, address] of addresses.entries()) {
      const chosen = at + Math.floor(random() * (addresses.length - at));
      const other = shuffled[at] ?? address;
      shuffled[at] = shuffled[chosen] ?? address;
      shuffled[chosen] = other;
    }
    return shuffled;
  }
}

function unknown(problem: string): RocketMQError {
  return createError('RMQ_NAME_SERVER_UNREACHABLE', `No name server is known: ${problem}`);
}

/** Servers that refuse a client are no unreachable ones, and to wait for them does not help. */
const ABOUT_ACCESS: ReadonlySet<ErrorCode> = new Set([
  'RMQ_ACCESS_DENIED',
  'RMQ_CREDENTIALS_UNAVAILABLE',
  'RMQ_TLS_FAILED',
]);

function accessProblem(problems: readonly [address: string, error: unknown][]): RocketMQError | undefined {
  for (const [address, error] of problems) {
    // What was asked may have reached the server, but it was a question: no message is stored by it.
    if (error instanceof RocketMQError && ABOUT_ACCESS.has(error.code)) return withStored(toldBy(address, error), 'no');
  }
  return undefined;
}

/** An answer does not say whose it is. */
function toldBy(address: string, error: RocketMQError): RocketMQError {
  if (error.code !== 'RMQ_ACCESS_DENIED') return error;
  const { code, message, detail, cause, stored } = error;
  return createError(code, `${address}: ${message}`, { detail: { ...detail, address }, cause, stored });
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
