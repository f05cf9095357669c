/** One queue of a topic on one broker: where a message goes, and where it lies afterwards. */
export interface MessageQueue {
  readonly topic: string;
  readonly brokerName: string;
  readonly queueId: number;
}
