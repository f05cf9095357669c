/**
 * The rules by which an embedded server misbehaves: which requests a rule is for, and what happens instead. What can
 * happen is in `replies.ts`.
 */
import type { Command } from '../protocol/command.js';
import type { ReceivedFrame } from '../protocol/received-frame.js';
import { requestCodeOf, type RequestName } from './protocol-names.js';
import type { Reply } from './replies.js';
import { seededRandom } from './seeded-random.js';

/** Which requests a rule is for; every condition that is given must hold. */
export interface RuleCondition {
  /** The request codes, by the protocol's names or as numbers; default: every request. */
  readonly code?: RequestName | number | readonly (RequestName | number)[] | undefined;
  /** The topic the request names. */
  readonly topic?: string | undefined;
  /** Any other condition on the request. */
  readonly matches?: ((request: Command) => boolean) | undefined;
  /** How many requests that fit are let through first: with `after: 2` the rule begins at the third. Default 0. */
  readonly after?: number | undefined;
  /** How often the rule is applied before it is spent; default: without end. */
  readonly times?: number | undefined;
  /** The share of the requests that fit, 0 to 1, drawn by `seed`; default 1. */
  readonly probability?: number | undefined;
  /** Makes the draws of `probability` repeatable: the same seed, the same requests. Default 1. */
  readonly seed?: number | undefined;
}

/** One way to misbehave: `script({ when: { code: 'SEND_MESSAGE_V2', times: 3 }, reply: busy() })`. */
export interface Rule {
  /** Default: every request. */
  readonly when?: RuleCondition | undefined;
  readonly reply: Reply;
}

/** A rule in force. */
export interface ActiveRule {
  /** How many requests it has been applied to. */
  readonly applied: number;
  /** Takes the rule back; what it delayed is still answered. */
  stop(): void;
}

export class Script {
  #rules: RunningRule[] = [];

  add(rule: Rule): ActiveRule {
    const running = new RunningRule(rule, () => {
      this.#rules = this.#rules.filter((other) => other !== running);
    });
    this.#rules.push(running);
    return running;
  }

  /** What is to happen to this request: the reply of the first rule that is for it, or undefined. */
  replyFor(frame: ReceivedFrame): Reply | undefined {
    return this.#rules.find((rule) => rule.takes(frame))?.reply;
  }
}

class RunningRule implements ActiveRule {
  readonly reply: Reply;
  readonly stop: () => void;
  readonly #when: RuleCondition;
  readonly #codes: ReadonlySet<number> | undefined;
  readonly #random: () => number;
  #fitted = 0;
  #applied = 0;

  constructor({ when = {}, reply }: Rule, stop: () => void) {
    this.reply = reply;
    this.stop = stop;
    this.#when = when;
    this.#codes = when.code === undefined ? undefined : new Set([when.code].flat().map(requestCodeOf));
    this.#random = seededRandom(when.seed ?? 1);
  }

  get applied(): number {
    return this.#applied;
  }

  takes(frame: ReceivedFrame): boolean {
    const { after = 0, times = Infinity, probability = 1 } = this.#when;
    if (this.#applied >= times || !this.#fits(frame)) return false;
    if (this.#fitted++ < after) return false;
    if (probability < 1 && this.#random() >= probability) return false;
    this.#applied++;
    return true;
  }

  #fits(frame: ReceivedFrame): boolean {
    const { topic, matches } = this.#when;
    if (this.#codes !== undefined && !this.#codes.has(frame.code)) return false;
    if (topic !== undefined && topicOf(frame) !== topic) return false;
    return matches === undefined || matches(frame.toCommand());
  }
}

/** Sends in the short form call it `b`; everything else, and the short form never, `topic`. */
function topicOf(frame: ReceivedFrame): string | undefined {
  return frame.field('topic') ?? frame.field('b');
}
