/**
 * Which topics require keys. Compaction topics of 5.x (`cleanup.policy=COMPACTION`) keep the last message of each key. A
 * broker refuses a message without keys that comes alone, but **acknowledges one in a batch and never delivers it** (seen
 * with 5.5.0). So a message without keys travels alone until its topic has answered one.
 *
 *     unknown ──asked: a message alone──► answered: stored ──► optional
 *        ▲                                   └──refused──────► required ──after 30 s──┐
 *        └────────────────────────────────────────────────────────────────────────────┘
 *
 * A topic cannot be given another `cleanup.policy` (5.5.0: "unchangeable attribute"); only one that is deleted and created
 * anew can.
 */
import { createError, type RocketMQError } from '../../errors/rocketmq-error.js';
import { KEY_REQUIRED } from '../../protocol/classify-response.js';
import type { Clock } from '../../time/clock.js';
import type { Envelope } from '../message/envelope.js';
import type { Message } from '../message/message.js';
import { refusedBatch } from './message-batch.js';

export type KeyRule = 'optional' | 'required' | 'unknown';

/** For how long a refusal counts: the topic may have been created anew since. */
const REFUSAL_COUNTS_MS = 30_000;

/** What one producer has learned about its topics. */
export class RequiredKeys {
  readonly #clock: Clock;
  readonly #optional = new Set<string>();
  /** Topics that have refused a message without keys, and when. */
  readonly #required = new Map<string, number>();
  readonly #asked = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether an answer to a message without keys would tell something new. */
  get isAsking(): boolean {
    return this.#asked.size > 0;
  }

  /** Returns what is known about the topic. A message without keys that is for an `unknown` one must travel alone. */
  ruleOf(topic: string): KeyRule {
    if (this.#optional.has(topic)) return 'optional';
    const refusedAt = this.#required.get(topic);
    if (refusedAt !== undefined && this.#clock.tickNow() - refusedAt < REFUSAL_COUNTS_MS) return 'required';
    this.#asked.add(topic);
    return 'unknown';
  }

  /**
   * Returns the index of the message of an explicit batch that must be sent before the others, by itself; -1 where the
   * batch may be sent as it is. Throws where its topic refuses one of them.
   */
  firstAlone(messages: readonly Message<unknown>[]): number {
    const index = messages.findIndex((message) => !hasKeys(message));
    const topic = messages[index]?.topic;
    if (topic === undefined) return -1;
    const rule = this.ruleOf(topic);
    if (rule === 'required') throw refusedBatch(messages, index, keyRequired(topic));
    return rule === 'unknown' ? index : -1;
  }

  /** A broker has stored the message. */
  stored({ message, batch }: Envelope): void {
    const { topic } = message;
    if (!this.#asked.has(topic) || batch !== undefined || hasKeys(message)) return;
    this.#asked.delete(topic);
    this.#required.delete(topic);
    this.#optional.add(topic);
  }

  /** A broker has refused a message with `error`. */
  refused(topic: string, error: RocketMQError): void {
    if (error.detail['rule'] !== KEY_REQUIRED) return;
    this.#asked.delete(topic);
    this.#optional.delete(topic);
    this.#required.set(topic, this.#clock.tickNow());
  }
}

/** Whether brokers find a key in the message: a blank one is none. */
export function hasKeys({ keys }: Message<unknown>): boolean {
  if (keys === undefined) return false;
  if (typeof keys === 'string') return keys.charCodeAt(0) > BLANK || keys.trim() !== '';
  return keys.length > 0;
}

const BLANK = 0x20;

/** The error for a message without keys to a topic that has refused such a message before. */
export const keyRequired = (topic: string): RocketMQError =>
  createError(
    'RMQ_MESSAGE_INVALID',
    `the message has no keys, which the topic ${topic} requires: its cleanup.policy is COMPACTION`,
    { detail: { rule: KEY_REQUIRED, topic } },
  );
