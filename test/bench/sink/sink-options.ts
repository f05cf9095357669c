/** What a sink is told when it is started. */

/** Brokers of 5.5.0 answer in JSON whatever they are asked in, older ones in the encoding of the request. */
export type AnswerEncoding = 'json' | 'as-asked';

export interface SinkOptions {
  readonly brokers: number;
  readonly answers: AnswerEncoding;
  /** Answers a second of each connection; without it sends are answered at once. */
  readonly answersPerSecond?: number;
}

/** Queues of each topic on each broker. */
export const QUEUES = 8;
