/**
 * Collects what was sent and tells it to the trace topic, in batches, behind the back of the messages: nothing waits for
 * it, and what it cannot keep up with is dropped and counted. How its messages are sent is not its business.
 * Source: AsyncTraceDispatcher.java, SendMessageTraceHookImpl.java (5.5.0).
 */
import type { Subscription } from 'rxjs';
import { RingQueue } from '../collections/ring-queue.js';
import type { Logger } from '../observe/logger.js';
import { encodePublishTrace } from '../protocol/trace-record.js';
import type { Clock } from '../time/clock.js';
import type { Message } from './message.js';
import type { SendReceipt } from './outcome.js';
import type { SendContext } from './send-context.js';

export interface TracerOptions {
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
interface Traced {
  readonly topic: string;
  readonly text: string;
  /** Divided by blanks. */
  readonly keys: string;
}

/** What waits at most (records as in Java; characters, because keys may be long). */
const MAX_WAITING = 2048;
const MAX_WAITING_CHARACTERS = 4 * 1024 * 1024;
/** What goes into one message at most, as in Java. */
const MAX_MESSAGE_CHARACTERS = 128_000;
/** Of all records of one message: keys are properties, and these have a limit of 32 767 bytes, three for a character. */
const MAX_KEYS_CHARACTERS = 8000;
/** Trace messages on their way; more wait. */
const MAX_IN_FLIGHT = 8;
const FLUSH_MS = 1000;

export class Tracer {
  readonly #options: TracerOptions;
  readonly #waiting = new RingQueue<Traced>();
  #waitingCharacters = 0;
  #inFlight = 0;
  #timer: Subscription | undefined;
  #isFlushDue = false;

  constructor(options: TracerOptions) {
    this.#options = options;
  }

  /** A message was stored by this attempt, which began at `startedAt` (ms since 1970). Never throws. */
  record(context: SendContext, receipt: SendReceipt, startedAt: number, elapsedMs: number): void {
    const { group, message, msgId, address, bodyBytes, kind } = context;
    const { regionId, offsetMsgId, status } = receipt;
    const { topic, tag } = message;
    if (regionId === undefined || topic.startsWith(this.#options.topic)) return;
    const keys = typeof message.keys === 'string' ? message.keys : message.keys?.join(' ');
    const text = encodePublishTrace({
      time: startedAt,
      regionId,
      group,
      topic,
      msgId,
      tags: tag === '' ? undefined : tag,
      keys: keys === '' ? undefined : keys,
      storeHost: address,
      bodyBytes,
      costMs: Math.round(elapsedMs),
      kind,
      offsetMsgId,
      isStoredSafely: status === 'SEND_OK',
    });
    // Found by its keys, unless these are so long that no message could carry them.
    const isFindable = keys !== undefined && keys !== '' && keys.length <= MAX_KEYS_CHARACTERS - msgId.length - 1;
    this.#add({ topic, text, keys: isFindable ? `${msgId} ${keys}` : msgId });
  }

  /** Sends what waits, however much it is. */
  flush(): void {
    this.#send(Number.POSITIVE_INFINITY);
  }

  /** What waits is dropped. */
  close(): void {
    this.#timer?.unsubscribe();
    if (this.#waiting.length > 0) this.#options.onDropped(this.#waiting.length);
    this.#waiting.clear();
  }

  #add(traced: Traced): void {
    const { batch, clock, onDropped } = this.#options;
    if (this.#waiting.length >= MAX_WAITING || this.#waitingCharacters + traced.text.length > MAX_WAITING_CHARACTERS) {
      onDropped(1);
      return;
    }
    this.#waiting.push(traced);
    this.#waitingCharacters += traced.text.length;
    if (this.#waiting.length >= batch) this.#sendSoon();
    else this.#timer ??= clock.after(FLUSH_MS, () => this.#send(MAX_IN_FLIGHT));
  }

  /** Not now: this is called while an answer is handled, and others wait behind it. */
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

  #takeBatch(): readonly Traced[] {
    const records: Traced[] = [];
    while (records.length < this.#options.batch) {
      const traced = this.#waiting.shift();
      if (traced === undefined) break;
      this.#waitingCharacters -= traced.text.length;
      records.push(traced);
    }
    return records;
  }

  #sendOne(records: readonly Traced[]): void {
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
    else if (this.#waiting.length > 0)
      this.#timer ??= this.#options.clock.after(FLUSH_MS, () => this.#send(MAX_IN_FLIGHT));
  }
}

/** Records of one topic go into one message, as long as they fit. */
function byMessage(records: readonly Traced[]): readonly Traced[][] {
  const messages: Traced[][] = [];
  const open = new Map<string, { records: Traced[]; characters: number; keys: number }>();
  for (const record of records) {
    const { topic, text, keys } = record;
    let message = open.get(topic);
    if (
      message === undefined ||
      message.characters + text.length > MAX_MESSAGE_CHARACTERS ||
      message.keys + keys.length + 1 > MAX_KEYS_CHARACTERS
    ) {
      message = { records: [], characters: 0, keys: 0 };
      open.set(topic, message);
      messages.push(message.records);
    }
    message.records.push(record);
    message.characters += text.length;
    message.keys += keys.length + 1;
  }
  return messages;
}
