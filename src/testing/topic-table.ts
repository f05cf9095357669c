/**
 * The topics of one broker, and the rule by which a send creates a missing one. Names are checked in `check-send.ts`.
 * Source: TopicConfigManager.java (5.5.0, 4.9.7).
 */

import type { TopicQueueMapping } from '../protocol/route-data.js';
import type { QueueType } from './batch-record.js';
import type { LogicalQueues } from './logical-queue.js';
import type { TopicType } from './message-type.js';

/** The bits of a topic's or broker's permission (PermName.java). */
export const PERM = { inherit: 1, write: 2, read: 4, readWrite: 6, readWriteInherit: 7 } as const;

/** The topic whose settings an automatically created topic gets, unless the producer names another. */
export const DEFAULT_TOPIC = 'TBW102';

export interface TopicConfig {
  readonly topic: string;
  readonly readQueues: number;
  readonly writeQueues: number;
  readonly perm: number;
  /** What kind of messages it is for, as proxies check; default NORMAL. */
  readonly type?: TopicType | undefined;
  /** How its queues are kept: with BatchCQ a batch becomes one record (5.x). Default SimpleCQ. */
  readonly queueType?: QueueType | undefined;
  /** `cleanup.policy` is COMPACTION: of each key the last message is kept (5.x). Default false. */
  readonly isCompacted?: boolean | undefined;
  /** Of a static topic: which of its logical queues lie on this broker, as routes tell it. */
  readonly mapping?: TopicQueueMapping | undefined;
  /** Of a static topic: those queues, as the broker knows them. */
  readonly logicalQueues?: LogicalQueues | undefined;
}

export class TopicTable {
  readonly #topics = new Map<string, TopicConfig>();

  get(topic: string): TopicConfig | undefined {
    return this.#topics.get(topic);
  }

  has(topic: string): boolean {
    return this.#topics.has(topic);
  }

  /** What kind of messages the topic is for. */
  typeOf(topic: string): TopicType {
    const config = this.#topics.get(topic);
    return config === undefined ? 'UNSPECIFIED' : (config.type ?? 'NORMAL');
  }

  /** Adds the topic, or replaces its settings; what is stored stays. */
  set(config: TopicConfig): void {
    this.#topics.set(config.topic, config);
  }

  /**
   * Creates `topic` as the first send to it does: with the settings of the default topic, at most `queues` queues.
   * Undefined when the default topic does not exist or passes nothing on.
   */
  inherit(topic: string, defaultTopic: string, queues: number): TopicConfig | undefined {
    const model = this.#topics.get(defaultTopic);
    if (model === undefined || (model.perm & PERM.inherit) === 0) return undefined;
    const count = Math.max(0, Math.min(queues, model.writeQueues));
    const config: TopicConfig = { topic, readQueues: count, writeQueues: count, perm: model.perm & ~PERM.inherit };
    this.#topics.set(topic, config);
    return config;
  }
}
