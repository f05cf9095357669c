/** Verbs about static topics (5.x), whose queues are known by their logical ids wherever they lie. */

/** Where a message lies: in logical terms, whichever broker has it. */
export interface StaticPlace {
  readonly queueId: number;
  readonly queueOffset: bigint;
  readonly msgId: string;
}

export interface StaticTopicVerbs {
  /** Creates a static topic whose queues lie on these brokers. */
  createStaticTopic(topic: string, queues: number, brokers: readonly string[]): Promise<void>;
  /** Moves its queues to these brokers, while messages may be on their way. */
  moveStaticTopic(topic: string, brokers: readonly string[]): Promise<void>;
  /** What lies in its queues, by their logical ids. */
  readStaticTopic(topic: string): Promise<readonly StaticPlace[]>;
}
