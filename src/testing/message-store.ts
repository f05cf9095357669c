/**
 * What one broker stores: a log for each queue, and one count of bytes through all of them, from which the ids of the
 * messages are made. Messages are kept packed; they become objects, or the layout of the wire, when somebody reads them.
 * Which messages are taken is not decided here.
 *
 *     length 4 | count 4 | commit log offset 8 | born at 8 | stored at 8 | flag 4 | sysFlag 4 | reconsume times 4
 *     born port 4 | body 4 + n | properties n
 */
import { type Observable, Subject } from 'rxjs';
import { MessageProperty } from '../protocol/message-properties.js';
import { formatOffsetMsgId, type HostAddress } from '../protocol/offset-msg-id.js';
import { decodeProperties, encodeProperties } from '../protocol/properties.js';
import type { StoredMessage } from '../protocol/stored-message.js';
import { bodiesDropped } from './batch-record.js';
import { type LogEntry, QueueLog } from './queue-log.js';

const FIXED_BYTES = 52;
/** Hexadecimal digits of the commit log offset in a message id. */
const OFFSET_DIGITS = 16;
const NO_BODY = Buffer.alloc(0);
/** What a real broker writes besides topic, body and properties: commit log offsets grow as they do there. */
const STORED_LAYOUT_BYTES = 91;

/** A message to store. */
export interface NewMessage {
  readonly topic: string;
  readonly queueId: number;
  readonly flag: number;
  readonly sysFlag: number;
  readonly bornAt: number;
  readonly bornPort: number;
  readonly reconsumeTimes: number;
  readonly body: Uint8Array;
  /** Encoded, as they are to be read. */
  readonly properties: string;
  /** How many messages it is. Default 1; a batch that is stored as one record is more. */
  readonly count?: number | undefined;
}

/** Where a message was stored. */
export interface Place {
  readonly queueOffset: number;
  readonly offsetMsgId: string;
}

/** Records that were read. */
export interface Reading {
  readonly messages: readonly StoredMessage[];
  /** The offset behind them. */
  readonly end: number;
}

interface MessageStoreOptions {
  /** The broker's address, known once it listens. */
  readonly storeHost: () => HostAddress;
  /** False: of each message only its unique key is kept. */
  readonly storeBodies: boolean;
}

export class MessageStore {
  readonly #storeHost: () => HostAddress;
  readonly #storesBodies: boolean;
  readonly #queues = new Map<string, QueueLog[]>();
  #commitLogOffset = 0;
  #idPrefix: string | undefined;

  readonly #stored = new Subject<StoredMessage>();
  /** Each record as soon as it is stored; its body is a view of what is stored. */
  readonly stored$: Observable<StoredMessage> = this.#stored.asObservable();

  constructor({ storeHost, storeBodies }: MessageStoreOptions) {
    this.#storeHost = storeHost;
    this.#storesBodies = storeBodies;
  }

  /** The broker's address, as messages tell it. */
  get storeHost(): HostAddress {
    return this.#storeHost();
  }

  /** Appends a message to its queue. Of body and properties a copy is kept. */
  append(message: NewMessage): Place {
    const { topic, queueId } = message;
    const body = this.#storesBodies ? message.body : bodyWithout(message);
    const properties = this.#storesBodies ? message.properties : uniqueKeyOnly(message.properties);
    const log = this.#logOf(topic, queueId);
    const queueOffset = log.length;
    const commitLogOffset = this.#commitLogOffset;
    const propertyBytes = Buffer.byteLength(properties);
    this.#commitLogOffset += STORED_LAYOUT_BYTES + topic.length + body.length + propertyBytes;
    const record = log.append(FIXED_BYTES + body.length + propertyBytes, message.count);
    record.writeDoubleBE(commitLogOffset, 8);
    record.writeDoubleBE(message.bornAt, 16);
    record.writeDoubleBE(Date.now(), 24);
    record.writeInt32BE(message.flag, 32);
    record.writeInt32BE(message.sysFlag, 36);
    record.writeInt32BE(message.reconsumeTimes, 40);
    record.writeInt32BE(message.bornPort, 44);
    record.writeInt32BE(body.length, 48);
    record.set(body, FIXED_BYTES);
    record.write(properties, FIXED_BYTES + body.length, 'utf8');
    if (this.#stored.observed) this.#stored.next(this.#unpack(topic, queueId, { record, offset: queueOffset }));
    return { queueOffset, offsetMsgId: this.#idAt(commitLogOffset) };
  }

  /** Gives away the next offset of a queue to a message that nobody will be able to read. */
  lose({ topic, queueId, body, properties }: NewMessage): Place {
    const log = this.#logOf(topic, queueId);
    const queueOffset = log.length;
    const commitLogOffset = this.#commitLogOffset;
    this.#commitLogOffset += STORED_LAYOUT_BYTES + topic.length + body.length + Buffer.byteLength(properties);
    log.skip();
    return { queueOffset, offsetMsgId: this.#idAt(commitLogOffset) };
  }

  /** The offset that the next message of the queue gets; 0 for a queue that nothing was stored in. */
  length(topic: string, queueId: number): number {
    return this.#queues.get(topic)?.[queueId]?.length ?? 0;
  }

  /** The offset behind the last message of the queue that can be read. */
  readableEnd(topic: string, queueId: number): number {
    return this.#queues.get(topic)?.[queueId]?.readableEnd ?? 0;
  }

  /**
   * What one queue holds from `offset` on: at most `maxCount` messages and about `maxBytes`, but at least one record that
   * is there. `end` is where to read on.
   */
  read(topic: string, queueId: number, offset: number, maxCount: number, maxBytes: number): Reading {
    const entries = this.#queues.get(topic)?.[queueId]?.read(offset, maxCount, maxBytes) ?? [];
    const messages = entries.map((entry) => this.#unpack(topic, queueId, entry));
    return { messages, end: entries.at(-1)?.end ?? offset };
  }

  /** All records of a topic, queue by queue. Bodies are views of what is stored. */
  *messages(topic: string): Generator<StoredMessage> {
    for (const queueId of this.#queues.get(topic)?.keys() ?? []) yield* this.messagesOf(topic, queueId);
  }

  /** The records of one queue, from its beginning. */
  *messagesOf(topic: string, queueId: number): Generator<StoredMessage> {
    const log = this.#queues.get(topic)?.[queueId];
    for (const entry of log?.records() ?? []) yield this.#unpack(topic, queueId, entry);
  }

  /** The message that begins at this place of the commit log. It looks at all there are. */
  messageAt(commitLogOffset: bigint): StoredMessage | undefined {
    for (const topic of this.#queues.keys()) {
      for (const stored of this.messages(topic)) if (stored.commitLogOffset === commitLogOffset) return stored;
    }
    return undefined;
  }

  /** How many messages of a topic can be read. */
  count(topic: string): number {
    let count = 0;
    for (const log of this.#queues.get(topic) ?? []) count += log.length - log.gaps;
    return count;
  }

  /** As `formatOffsetMsgId`, whose first half is the same for all messages of a broker. */
  #idAt(commitLogOffset: number): string {
    this.#idPrefix ??= formatOffsetMsgId({ ...this.#storeHost(), commitLogOffset: 0n }).slice(0, -OFFSET_DIGITS);
    return this.#idPrefix + commitLogOffset.toString(16).toUpperCase().padStart(OFFSET_DIGITS, '0');
  }

  #logOf(topic: string, queueId: number): QueueLog {
    let logs = this.#queues.get(topic);
    if (logs === undefined) {
      logs = [];
      this.#queues.set(topic, logs);
    }
    for (;;) {
      const log = logs[queueId];
      if (log !== undefined) return log;
      logs.push(new QueueLog());
    }
  }

  #unpack(topic: string, queueId: number, { record, offset }: Pick<LogEntry, 'record' | 'offset'>): StoredMessage {
    const storeHost = this.#storeHost();
    const bodyEnd = FIXED_BYTES + record.readInt32BE(48);
    return {
      topic,
      queueId,
      queueOffset: BigInt(offset),
      commitLogOffset: BigInt(record.readDoubleBE(8)),
      flag: record.readInt32BE(32),
      sysFlag: record.readInt32BE(36),
      bornAt: record.readDoubleBE(16),
      // Servers listen on the loopback address only, so that is where clients come from.
      bornHost: { host: storeHost.host, port: record.readInt32BE(44) },
      storedAt: record.readDoubleBE(24),
      storeHost,
      reconsumeTimes: record.readInt32BE(40),
      preparedTransactionOffset: 0n,
      body: record.subarray(FIXED_BYTES, bodyEnd),
      properties: record.toString('utf8', bodyEnd),
    };
  }
}

/** The record of a batch has the unique keys of its messages in its body. */
function bodyWithout({ body, count }: NewMessage): Uint8Array {
  return count === undefined ? NO_BODY : bodiesDropped(body, uniqueKeyOnly);
}

function uniqueKeyOnly(properties: string): string {
  const uniqueKey = decodeProperties(properties).get(MessageProperty.UNIQUE_KEY);
  return uniqueKey === undefined ? '' : encodeProperties([[MessageProperty.UNIQUE_KEY, uniqueKey]]);
}
