/** When messages reach a consumer, as the targets tell it: for what is not delivered at once. */

export interface Arrival {
  /** The unique key. */
  readonly msgId: string;
  /** Ms since 1970. */
  readonly arrivedAt: number;
  /** As text. */
  readonly body: string;
}

export interface ArrivalVerbs {
  /** From now on somebody consumes the topic, from its beginning, until the target ends. */
  watch(topic: string): Promise<void>;
  /** What has arrived in a topic that is watched. */
  arrivals(topic: string): Promise<Arrival[]>;
}
