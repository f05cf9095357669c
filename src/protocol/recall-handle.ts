/**
 * What a broker gives out for a timer message, to take it back with: `v1 topic brokerName deliverAt uniqueKey` in base64
 * that fits into URLs.
 * Source: RecallMessageHandle.java (5.5.0).
 */

export interface RecallHandle {
  readonly topic: string;
  readonly brokerName: string;
  /** Ms since 1970: the second in which the message is due, and 1 ms. */
  readonly deliverAt: number;
  readonly uniqueKey: string;
}

const VERSION = 'v1';
const URL_ALPHABET = /^[A-Za-z0-9_-]+={0,2}$/;

/** As a broker writes it. */
export function formatRecallHandle({ topic, brokerName, deliverAt, uniqueKey }: RecallHandle): string {
  const encoded = Buffer.from([VERSION, topic, brokerName, deliverAt, uniqueKey].join(' ')).toString('base64url');
  // Java pads, Node does not.
  return encoded.padEnd(Math.ceil(encoded.length / 4) * 4, '=');
}

/** Undefined for a text that is none. */
export function parseRecallHandle(text: string): RecallHandle | undefined {
  if (!URL_ALPHABET.test(text)) return undefined;
  const [version, topic, brokerName, time, uniqueKey] = Buffer.from(text, 'base64url').toString('utf8').split(' ');
  if (version !== VERSION || topic === undefined || brokerName === undefined || uniqueKey === undefined)
    return undefined;
  const deliverAt = Number(time);
  return Number.isSafeInteger(deliverAt) ? { topic, brokerName, deliverAt, uniqueKey } : undefined;
}
