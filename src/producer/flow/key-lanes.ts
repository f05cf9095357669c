/**
 * The messages of each key, in order: the first of a lane goes, the others wait behind it until it has its outcome. A
 * lane is a list through the envelopes themselves, so that one with a single message costs two steps in a map.
 *
 *     last:  'k1' ─────────────────────────► C      'k2' ─► D
 *     lane:        A ◄─ahead─ B ◄─ahead─ C                  D
 *                  under way, or first in line for a slot
 *
 * When its last message leaves, a lane is gone. Slots and buffers are counted elsewhere.
 */
import { mustBeSynchronous } from '../../callbacks/must-be-synchronous.js';
import { RingQueue } from '../../collections/ring-queue.js';
import { createError, type RocketMQError } from '../../errors/rocketmq-error.js';
import type { Envelope, EnvelopeOutcome, LaneOfEnvelope } from '../message/envelope.js';
import { HaltedKeys } from './halted-keys.js';
import type { Message } from '../message/message.js';
import { hasQueueOfKey, type OrderedOptions } from './ordered-options.js';
import type { ProducerStatistics } from '../state/producer-statistics.js';

/** The lanes of one flow. */
export class KeyLanes implements LaneOfEnvelope {
  readonly #key: ((message: Message<unknown>) => string | undefined) | undefined;
  readonly #halted: HaltedKeys | undefined;
  readonly #statistics: ProducerStatistics;
  readonly #last = new Map<string, Envelope>();
  /** Now the first of their lanes. */
  readonly #freed = new RingQueue<Envelope>();

  constructor({ key, onFailure }: OrderedOptions<never>, statistics: ProducerStatistics) {
    this.#key = key as ((message: Message<unknown>) => string | undefined) | undefined;
    this.#halted = onFailure === 'halt-key' ? new HaltedKeys() : undefined;
    this.#statistics = statistics;
  }

  /** The key of a message; undefined where it has none. Throws what the caller's function throws, or for what is no key. */
  keyOf({ message, selectQueue }: Envelope): string | undefined {
    if (this.#key === undefined) return hasQueueOfKey(selectQueue) ? message.shardingKey : undefined;
    const key: unknown = this.#key(message);
    mustBeSynchronous(key, 'the function');
    if (key === undefined || typeof key === 'string') return key;
    throw new TypeError('it returned something else than a string or undefined');
  }

  /** Why the envelope, of `key`, may not go any more; undefined where it may. */
  haltOf({ message, sequence }: Envelope, key: string): RocketMQError | undefined {
    if (this.#halted === undefined || this.#halted.isEmpty) return undefined;
    const failed = this.#halted.haltOf(key, sequence);
    if (failed === undefined) return undefined;
    const why = this.#halted.isBeyond
      ? 'an earlier message of its key failed, or so many keys have that not all can be remembered'
      : 'an earlier message of its key failed';
    return createError('RMQ_KEY_HALTED', `not sent, because ${why}`, {
      detail: { topic: message.topic, ...(failed.msgId !== '' && { failedMsgId: failed.msgId }) },
    });
  }

  /** A message that was refused before it came to a lane: under `halt-key` the later ones of its key must not pass it. */
  refused(envelope: Envelope): void {
    if (this.#halted === undefined) return;
    try {
      const key: unknown = this.keyOf(envelope);
      if (typeof key === 'string') this.#halted.add(key, envelope);
    } catch {
      // It has failed already, and has no key.
    }
  }

  /** The envelope goes to the end of the lane of `key`. Whether it is the first there, and may go on. */
  enter(envelope: Envelope, key: string): boolean {
    const last = this.#last.get(key);
    this.#last.set(key, envelope);
    envelope.lane = this;
    envelope.laneKey = key;
    if (last === undefined) {
      this.#statistics.lanes++;
      return true;
    }
    envelope.ahead = last;
    last.behind = envelope;
    return false;
  }

  /** Part of `LaneOfEnvelope`. Who was behind it comes out of `nextFreed`, and is sent by whoever asks there. */
  leave(envelope: Envelope, outcome: EnvelopeOutcome): void {
    const { laneKey: key = '', ahead, behind } = envelope;
    envelope.lane = undefined;
    envelope.ahead = undefined;
    envelope.behind = undefined;
    if (behind !== undefined) behind.ahead = ahead;
    else if (ahead !== undefined) this.#last.set(key, ahead);
    else {
      this.#last.delete(key);
      this.#statistics.lanes--;
    }
    if (ahead !== undefined) ahead.behind = behind;
    else if (behind !== undefined) this.#freed.push(behind);
    if (!outcome.ok && this.#halted !== undefined && isGap(outcome)) this.#halted.add(key, envelope);
  }

  /** Whether `nextFreed` has any. */
  get hasFreed(): boolean {
    return this.#freed.length > 0;
  }

  /** The next envelope that has become the first of its lane; it may have been settled since. */
  nextFreed(): Envelope | undefined {
    return this.#freed.shift();
  }
}

/** What was ended together with its whole stream halts no key: nothing of it is sent any more. */
const isGap = (failure: { readonly stage: string }): boolean =>
  failure.stage !== 'abort' && failure.stage !== 'shutdown';
