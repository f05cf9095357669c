/**
 * The sender's own log: what a message was, written down before it is handed to the library, and how a stored message
 * differs from it. Nothing here is derived from what the library says or from what is read back.
 */
import { createHash } from 'node:crypto';
import type { Message, SendReceipt } from '../../src/index.js';
import type { StoredMessage } from './target.js';

export interface SentRecord {
  readonly topic: string;
  /** All that a consumer must find, without what the client adds by itself. */
  readonly properties: ReadonlyMap<string, string>;
  readonly waitStoreMsgOk: boolean;
  readonly flag: number;
  readonly bodyLength: number;
  readonly bodySha256: string;
  /** Date.now() just before the message was handed in. */
  readonly recordedAt: number;
}

/** Where the broker said it put the message, and under which key. */
export type ReceiptFacts = Pick<SendReceipt, 'msgId' | 'offsetMsgId' | 'queue' | 'queueOffset'>;

/** What brokers add to a message that says nothing about it. */
const BROKER_PROPERTIES = ['CLUSTER', 'MSG_REGION', 'TRACE_ON'];
/** The clock of `bornAt` may be read once per turn of the event loop. */
const BORN_SLACK_MS = 1000;

export function recordOf(message: Message<unknown>): SentRecord {
  const body = typeof message.body === 'string' ? Buffer.from(message.body) : message.body;
  const properties = new Map(Object.entries(message.properties ?? {}));
  if (message.tag !== undefined) properties.set('TAGS', message.tag);
  if (message.keys !== undefined) {
    properties.set('KEYS', typeof message.keys === 'string' ? message.keys : message.keys.join(' '));
  }
  if (message.shardingKey !== undefined) properties.set('__SHARDINGKEY', message.shardingKey);
  if (message.priority !== undefined) properties.set('_SYS_MSG_PRIORITY_', String(message.priority));
  if (message.liteTopic !== undefined) {
    properties.set('__LITE_TOPIC', message.liteTopic);
    // The broker's: the light queue.
    properties.set('INNER_MULTI_DISPATCH', `%LMQ%$${message.topic}$${message.liteTopic}`);
  }
  return {
    topic: message.topic,
    properties,
    waitStoreMsgOk: message.waitStoreMsgOk ?? true,
    flag: message.flag ?? 0,
    bodyLength: body.length,
    bodySha256: createHash('sha256').update(body).digest('hex'),
    recordedAt: Date.now(),
  };
}

/** One line for each thing that is not as it was sent; none when all is well. */
export function differencesFrom(sent: SentRecord, stored: StoredMessage): string[] {
  const found: string[] = [];
  const compare = (what: string, expected: unknown, actual: unknown): void => {
    if (expected !== actual) found.push(`${what}: sent ${String(expected)}, stored ${String(actual)}`);
  };
  compare('topic', sent.topic, stored.topic);
  compare('flag', sent.flag, stored.flag);
  compare('body length', sent.bodyLength, stored.bodyLength);
  compare('body sha256', sent.bodySha256, stored.bodySha256);
  if (stored.bornAt < sent.recordedAt - BORN_SLACK_MS || stored.bornAt > Date.now() + BORN_SLACK_MS) {
    found.push(`born at ${stored.bornAt}, handed in at ${sent.recordedAt}`);
  }
  const left = new Map(Object.entries(stored.properties));
  compare('property UNIQ_KEY', stored.msgId, left.get('UNIQ_KEY'));
  // 4.9.7 does not store WAIT with ordinary messages
  if (left.has('WAIT')) compare('property WAIT', String(sent.waitStoreMsgOk), left.get('WAIT'));
  for (const name of [...BROKER_PROPERTIES, 'UNIQ_KEY', 'WAIT']) left.delete(name);
  for (const [name, value] of sent.properties) compare(`property ${name}`, value, left.get(name));
  for (const [name, value] of left) if (!sent.properties.has(name)) compare(`property ${name}`, undefined, value);
  return found;
}

/** Whether this copy is the one that the receipt tells of, place by place. */
export function differencesFromReceipt(receipt: ReceiptFacts, stored: StoredMessage): string[] {
  const said = [
    receipt.msgId,
    receipt.queue.topic,
    receipt.queue.brokerName,
    receipt.queue.queueId,
    receipt.queueOffset,
    receipt.offsetMsgId,
  ];
  const lies = [stored.msgId, stored.topic, stored.brokerName, stored.queueId, stored.queueOffset, stored.offsetMsgId];
  return said.flatMap((value, index) =>
    value === lies[index] ? [] : [`receipt says ${String(value)}, stored is ${String(lies[index])}`],
  );
}
