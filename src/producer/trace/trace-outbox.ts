/**
 * Collects the records of traces and tells them to the trace topic, in batches, behind the back of the messages: nothing
 * waits for it, and what it cannot keep up with is dropped and counted. What a record says is not its business, nor how its
 * messages are sent.
 * Source: AsyncTraceDispatcher.java (5.5.0).
 */
import type { Subscription } from 'rxjs';
import { RingQueue } from '../../collections/ring-queue.js';
import type { Logger } from '../../observe/logger.js';
import type { Clock } from '../../time/clock.js';
import type { Message } from '../message/message.js';

export interface TraceOutboxOptions {
  readonly topic: string;
  /** Records in one message. */
  readonly batch: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly send: (message: Message) => Promise<unknown>;
  /** So many records were not told. */
  readonly onDropped: (records: number) => void;
}

/** One record and what it can be found by. */
export interface TraceRecord {
  /** Of the message it is about. */
  readonly topic: string;
  readonly msgId: string;
  /** Of that message, divided by blanks. */
  readonly keys: string | undefined;
  readonly text: string;
}

/** A record that waits. */
interface Waiting {
  readonly topic: string;
  readonly text: string;
  readonly textBytes: number;
  /** Divided by blanks. */
  readonly keys: string;
}

const bytesOf = ({ textBytes, keys }: Waiting): number => textBytes + keys.length;

/** What waits at most (records as in Java; bytes, because keys may be long). */
const MAX_WAITING = 2048;
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** The body of one message at most, as in Java; no record is larger, because tags and keys are properties. */
export const MAX_TRACE_BYTES = 128_000;
/** Of all records of one message: keys are properties, and these have a limit of 32 767 bytes, three for a character. */
const MAX_KEYS_CHARACTERS = 8000;
/** Trace messages on their way; more wait. */
const MAX_IN_FLIGHT = 8;
const FLUSH_MS = 1000;

export class TraceOutbox {
  readonly #options: TraceOutboxOptions;
  readonly #waiting = new RingQueue<Waiting>();
  #waitingBytes = 0;
  #inFlight = 0;
  #timer: Subscription | undefined;
  #isFlushDue = false;
  #isClosed = false;

  constructor(options: TraceOutboxOptions) {
    this.#options = options;
  }

  /** Never throws. */
  add({ topic, msgId, keys, text }: TraceRecord): void {
    const { batch, onDropped } = this.#options;
    // Found by its keys, unless these are so long that no message could carry them.
    const isFindable = keys !== undefined && keys.length <= MAX_KEYS_CHARACTERS - msgId.length - 1;
    const record = { topic, text, textBytes: Buffer.byteLength(text), keys: isFindable ? `${msgId} ${keys}` : msgId };
    const bytes = bytesOf(record);
    if (this.#isClosed || this.#waiting.length >= MAX_WAITING || this.#waitingBytes + bytes > MAX_WAITING_BYTES) {
      onDropped(1);
      return;
    }
    this.#waiting.push(record);
    this.#waitingBytes += bytes;
    if (this.#waiting.length >= batch) this.#sendSoon();
    else this.#sendLater();
  }

  /** Sends what waits, however much it is. */
  flush(): void {
    this.#send(Number.POSITIVE_INFINITY);
  }

  /** What waits, and what comes from now on, is dropped. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.unsubscribe();
    if (this.#waiting.length > 0) this.#options.onDropped(this.#waiting.length);
    this.#waiting.clear();
  }

  #sendLater(): void {
    this.#timer ??= this.#options.clock.after(FLUSH_MS, () => this.#send(MAX_IN_FLIGHT));
  }

  /** Not now: records come while an answer is handled, and others wait behind it. */
  #sendSoon(): void {
    if (this.#isFlushDue || this.#inFlight >= MAX_IN_FLIGHT) return;
    this.#isFlushDue = true;
    this.#options.clock.afterPoll(() => {
      this.#isFlushDue = false;
      this.#send(MAX_IN_FLIGHT);
    });
  }

  #send(maxInFlight: number): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    while (this.#waiting.length > 0 && this.#inFlight < maxInFlight) {
      for (const records of byMessage(this.#takeBatch())) this.#sendOne(records);
    }
  }

  #takeBatch(): readonly Waiting[] {
    const records: Waiting[] = [];
    while (records.length < this.#options.batch) {
      const record = this.#waiting.shift();
      if (record === undefined) break;
      this.#waitingBytes -= bytesOf(record);
      records.push(record);
    }
    return records;
  }

  #sendOne(records: readonly Waiting[]): void {
    const { topic, send, logger, onDropped } = this.#options;
    const keys = [...new Set(records.flatMap((record) => record.keys.split(' ')))].join(' ');
    const body = records.map(({ text }) => text).join('');
    this.#inFlight++;
    send({ topic, body, keys }).then(
      () => this.#sent(),
      (error: unknown) => {
        onDropped(records.length);
        logger.warn({ topic, records: records.length, err: error }, 'traces could not be sent');
        this.#sent();
      },
    );
  }

  #sent(): void {
    this.#inFlight--;
    if (this.#waiting.length >= this.#options.batch) this.#sendSoon();
    else if (this.#waiting.length > 0) this.#sendLater();
  }
}

/** Records of one topic go into one message, as long as they fit. */
function byMessage(records: readonly Waiting[]): readonly Waiting[][] {
  const messages: Waiting[][] = [];
  const open = new Map<string, { records: Waiting[]; bytes: number; keys: number }>();
  for (const record of records) {
    const { topic, textBytes, keys } = record;
    let message = open.get(topic);
    if (
      message === undefined ||
      message.bytes + textBytes > MAX_TRACE_BYTES ||
      message.keys + keys.length + 1 > MAX_KEYS_CHARACTERS
    ) {
      message = { records: [], bytes: 0, keys: 0 };
      open.set(topic, message);
      messages.push(message.records);
    }
    message.records.push(record);
    message.bytes += textBytes;
    message.keys += keys.length + 1;
  }
  return messages;
}
