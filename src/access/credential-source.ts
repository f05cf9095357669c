/**
 * Where the credentials in force come from: given once, or asked of the user's function again and again, without anybody
 * on the hot path waiting for it. When it is time to ask again is told from outside; requests are signed elsewhere.
 */
import { neutralContext } from '../callbacks/neutral-context.js';
import { isThenable } from '../callbacks/thenable.js';
import { createError, type RocketMQError } from '../errors/rocketmq-error.js';
import type { CredentialsGiven } from './credentials.js';
import { credentialsProblem } from './credentials.js';
import { SigningKey } from './signing-key.js';

export interface CredentialSourceOptions {
  readonly given: CredentialsGiven;
  /** Monotonic ms. */
  readonly now: () => number;
  /** The function threw, rejected, or gave no credentials; those that there were stay in force. */
  readonly onProblem: (error: RocketMQError) => void;
}

/** After a failure, and from one refused request to the next, the function is left alone for so long. */
const PAUSE_MS = 1000;
/** A question that is not answered after this time no longer keeps the next one from being asked. */
const PATIENCE_MS = 30_000;

export class CredentialSource {
  readonly #options: CredentialSourceOptions;
  #current: SigningKey | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #quietUntil = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;
  #problem: RocketMQError | undefined;

  constructor(options: CredentialSourceOptions) {
    this.#options = options;
    if (typeof options.given !== 'function') this.#current = new SigningKey(options.given);
  }

  /** The credentials in force; undefined before the function has given the first ones. */
  get current(): SigningKey | undefined {
    return this.#current;
  }

  /** Why there are none yet. */
  get missing(): RocketMQError {
    return this.#problem ?? unavailable('has not given any yet');
  }

  /** Asks the function, in the background; joins a question under way. Never throws. */
  refresh(): void {
    void this.#ask();
  }

  /** A server refused the credentials: asks as `refresh`, but once a second at most. */
  refused(): void {
    if (this.#options.now() < this.#quietUntil) return;
    this.#beQuiet();
    void this.#ask();
  }

  /** Resolves when there are credentials. Rejects with RMQ_CREDENTIALS_UNAVAILABLE when the function fails to give any. */
  async first(): Promise<void> {
    if (this.#current !== undefined) return;
    // After a failure, everybody who still waits would ask again at once.
    if (this.#options.now() >= this.#quietUntil) await this.#ask();
    // Assigned by what was waited for.
    if (this.#hasNone()) throw this.missing;
  }

  #hasNone(): boolean {
    return this.#current === undefined;
  }

  #ask(): Promise<void> {
    const { given, now } = this.#options;
    if (typeof given !== 'function') return Promise.resolve();
    const sinceMs = now() - this.#askedAt;
    if (this.#asking !== undefined && sinceMs < PATIENCE_MS) return this.#asking;
    this.#askedAt = now();
    let answer: unknown;
    try {
      answer = given();
    } catch (error) {
      this.#failed('threw', error);
      return Promise.resolve();
    }
    // At once, where the function is synchronous: what is sent next has them.
    if (!isThenable(answer)) {
      this.#take(answer);
      return Promise.resolve();
    }
    const asking = neutralContext.run(() =>
      this.#await(answer).finally(() => {
        if (this.#asking === asking) this.#asking = undefined;
      }),
    );
    this.#asking = asking;
    return asking;
  }

  async #await(answer: PromiseLike<unknown>): Promise<void> {
    const askedAt = this.#askedAt;
    let given: unknown;
    try {
      given = await answer;
    } catch (error) {
      this.#failed('rejected', error);
      return;
    }
    // What comes after all, behind a later question's answer, may be older than that.
    if (askedAt === this.#askedAt || this.#current === undefined) this.#take(given);
  }

  #take(given: unknown): void {
    const problem = credentialsProblem(given);
    if (problem !== undefined || !isCredentials(given)) {
      this.#failed(`gave credentials that ${problem ?? 'cannot be used'}`);
      return;
    }
    this.#problem = undefined;
    if (this.#current?.isOf(given) !== true) this.#current = new SigningKey(given);
  }

  #beQuiet(): void {
    this.#quietUntil = this.#options.now() + PAUSE_MS;
  }

  #failed(what: string, cause?: unknown): void {
    this.#beQuiet();
    this.#problem = unavailable(what, cause);
    this.#options.onProblem(this.#problem);
  }
}

/** True of everything that has no problem. */
function isCredentials(value: unknown): value is { accessKey: string; secretKey: string; securityToken?: string } {
  return credentialsProblem(value) === undefined;
}

const unavailable = (what: string, cause?: unknown): RocketMQError =>
  createError('RMQ_CREDENTIALS_UNAVAILABLE', `the credentials function ${what}`, { cause });
