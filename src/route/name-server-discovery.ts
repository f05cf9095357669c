/**
 * Learns the addresses of the name servers from a web server. When it is asked, beside the first time, is decided in
 * `client/schedules.ts`.
 * Source: DefaultTopAddressing.java, MixAll.getWSAddr, MQClientAPIImpl.fetchNameServerAddr (5.5.0).
 */
import { type HttpGet, httpGet } from '../connection/http-get.js';
import type { Logger } from '../observe/logger.js';
import { CLIENT_VERSION } from '../protocol/command.js';
import type { Clock } from '../time/clock.js';
import { areAddresses, parseNameServers } from './name-servers.js';

/** Which web server knows the name servers. */
export interface DiscoveryPlace {
  /** `host` (port 8080) or `host:port`. */
  readonly domain: string;
  /** The last part of the path; `nsaddr` unless given. */
  readonly subgroup?: string | undefined;
}

export interface NameServerDiscoveryOptions {
  readonly place: DiscoveryPlace;
  readonly unitName?: string | undefined;
  /** Is told the addresses of an answer that differs from the last good one. */
  readonly onAddresses: (addresses: readonly string[]) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default: a real one. */
  readonly get?: HttpGet | undefined;
}

/** The subgroup where none is given. */
export const DEFAULT_SUBGROUP = 'nsaddr';
const DEFAULT_PORT = 8080;
const TIMEOUT_MS = 3000;
/** Whoever needs an address while none is known may ask again that soon, not at once: many may need one. */
const PAUSE_MS = 1000;

/** What is asked for: `http://<domain>:8080/rocketmq/<subgroup>`. */
export function discoveryUrl({ domain, subgroup = DEFAULT_SUBGROUP }: DiscoveryPlace, unitName = ''): string {
  const host = domain.indexOf(':') > 0 ? domain : `${domain}:${DEFAULT_PORT}`;
  const unit = unitName.trim() === '' ? '' : `-${unitName}?nofix=1`;
  return `http://${host}/rocketmq/${subgroup}${unit}`;
}

export class NameServerDiscovery {
  readonly url: string;
  readonly #options: NameServerDiscoveryOptions;
  readonly #get: HttpGet;
  readonly #ended = new AbortController();
  #lastGood = '';
  #problem = 'it was not asked yet';
  #asking: Promise<void> | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(options: NameServerDiscoveryOptions) {
    this.url = discoveryUrl(options.place, options.unitName);
    this.#options = options;
    this.#get = options.get ?? httpGet;
  }

  /** What was wrong with the last answer, for error messages. */
  get problem(): string {
    return `${this.url} ${this.#problem}`;
  }

  /**
   * Asks once, or joins a question under way, for at most 3 s. Never rejects: whatever is no list of addresses is logged
   * and changes nothing. `keepsAlive`: the process waits for it.
   */
  fetch(keepsAlive = false): Promise<void> {
    this.#asking ??= this.#ask(keepsAlive).finally(() => {
      this.#asking = undefined;
      this.#askedAt = this.#options.clock.now();
    });
    return this.#asking;
  }

  /** As `fetch`, unless it was done within the last second. */
  async fetchAgain(): Promise<void> {
    if (this.#asking !== undefined || this.#options.clock.now() - this.#askedAt >= PAUSE_MS) await this.fetch();
  }

  /** Ends a question under way; nothing is asked any more. */
  close(): void {
    this.#ended.abort();
  }

  async #ask(keepsAlive: boolean): Promise<void> {
    const { clock, logger, onAddresses } = this.#options;
    const { signal } = this.#ended;
    if (signal.aborted) return;
    const headers = {
      'Client-Version': String(CLIENT_VERSION),
      'Content-Type': 'application/x-www-form-urlencoded;charset=UTF-8',
      'Metaq-Client-RequestTS': String(Date.now()),
    };
    try {
      const answer = await this.#get(this.url, { headers, timeoutMs: TIMEOUT_MS, clock, signal, keepsAlive });
      const list = answer.trim().split(/[\r\n]/, 1)[0] ?? '';
      if (list === '') throw new Error('answered with nothing');
      if (!areAddresses(list)) throw new Error('answered with something else than addresses (host:port;host:port)');
      if (list === this.#lastGood || signal.aborted) return;
      this.#lastGood = list;
      logger.info({ url: this.url, addresses: list }, 'the name servers are new or changed');
      onAddresses(parseNameServers(list));
    } catch (error) {
      if (signal.aborted) return;
      this.#problem = error instanceof Error ? error.message : String(error);
      logger.warn({ url: this.url, problem: this.#problem }, 'the name servers could not be learned');
    }
  }
}
