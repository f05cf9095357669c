/**
 * The transactions of one broker: half messages, which nobody can read, until their producer ends them; and the scan that
 * asks about those that it did not end in time. As on real brokers a check stores the half message anew, and ending the
 * copy from before commits it all the same, **without ending the new one**.
 *
 *     prepare ──► half message ──commit──► message in its real queue
 *                  ▲       │ └──rollback──► nothing
 *                  └─check─┘ (a copy, at another place)      too many checks ──► TRANS_CHECK_MAX_TIME_TOPIC
 *
 * 5.x gathers the marks of half messages that were ended for some seconds (`transactionOpBatchInterval`), in memory: until
 * then it goes on asking about them, and when it is shut down or killed meanwhile, it asks again after its restart. 4.x
 * marks them at once.
 *
 * Sources: TransactionalMessageServiceImpl.java, TransactionalMessageBridge.java, EndTransactionProcessor.java, and what
 * real 5.5.0 and 4.9.7 stored, asked and answered.
 */
import { FLAG_ONEWAY } from '../protocol/command.js';
import { MessageProperty } from '../protocol/message-properties.js';
import { parseOffsetMsgId } from '../protocol/offset-msg-id.js';
import { decodeProperties, encodeProperties } from '../protocol/properties.js';
import { checkTransactionState } from '../protocol/requests/check-transaction-state.js';
import type { EndTransactionRequest } from '../protocol/requests/end-transaction.js';
import { ResponseCode } from '../protocol/response-codes.js';
import { encodeStoredMessage, type StoredMessage } from '../protocol/stored-message.js';
import { SysFlag } from '../protocol/sys-flag.js';
import type { Answer } from './answer.js';
import type { ClientTable } from './client-table.js';
import type { MessageStore, NewMessage, Place } from './message-store.js';
import type { ServerRelease } from './server-release.js';

/** When a broker asks about transactions that were not ended. */
export interface TransactionOptions {
  /** Age of a half message from which on the broker asks about it. Default 6000, as on real brokers. */
  readonly timeoutMs?: number | undefined;
  /** How often it looks for such. Default 30 000, as on real brokers. */
  readonly checkIntervalMs?: number | undefined;
  /** How often it asks about one before it gives it up. Default 15, as on real brokers. */
  readonly maxChecks?: number | undefined;
  /** How long 5.5.0 gathers what was ended before it stops asking about it. Default 3000, as on real brokers. */
  readonly endBatchMs?: number | undefined;
}

/** Where brokers keep what is not committed. */
export const HALF_TOPIC = 'RMQ_SYS_TRANS_HALF_TOPIC';
/** Where they put what nobody would tell the end of. */
const GIVEN_UP_TOPIC = 'TRANS_CHECK_MAX_TIME_TOPIC';
const DEFAULT_TIMEOUT_MS = 6000;
const DEFAULT_CHECK_INTERVAL_MS = 30_000;
const DEFAULT_MAX_CHECKS = 15;
const DEFAULT_END_BATCH_MS = 3000;

const NO_FIELDS: ReadonlyMap<string, string> = new Map();
/** Nobody sets the remark of a rollback, so it keeps the one that all answers begin with. */
const ROLLED_BACK: Answer = { code: ResponseCode.SUCCESS, remark: 'not set any response code', fields: NO_FIELDS };
const COMMITTED: Answer = { code: ResponseCode.SUCCESS, fields: NO_FIELDS };

interface HalfMessage {
  readonly message: NewMessage;
  readonly properties: ReadonlyMap<string, string>;
  readonly place: Place;
  readonly storedAt: number;
}

interface HalfMessagesOptions {
  readonly brokerName: string;
  readonly release: ServerRelease;
  readonly store: MessageStore;
  readonly clients: ClientTable;
  readonly transactions: TransactionOptions;
  /** False: of a transaction that has ended nothing is kept, and it cannot be ended again. */
  readonly keepsEnded: boolean;
}

export class HalfMessages {
  readonly #options: HalfMessagesOptions;
  /** Every copy of every half message, by its commit log offset: real brokers commit what was ended before once more. */
  readonly #copies = new Map<bigint, HalfMessage>();
  /** Of those that are not marked as ended. */
  readonly #open = new Set<bigint>();
  /** Of those that were ended, and are to be marked. */
  readonly #ended = new Set<bigint>();
  #scan: NodeJS.Timeout | undefined;
  #marking: NodeJS.Timeout | undefined;
  #opaque = 0;

  constructor(options: HalfMessagesOptions) {
    this.#options = options;
  }

  /** Stores the first half of a transaction. The place is that of the half message. */
  prepare(message: NewMessage): Place {
    const { major } = this.#options.release;
    const half = new Map(decodeProperties(message.properties));
    const uniqueKey = half.get(MessageProperty.UNIQUE_KEY);
    half.set(MessageProperty.REAL_TOPIC, message.topic);
    half.set(MessageProperty.REAL_QUEUE_ID, String(message.queueId));
    if (major === 5 && uniqueKey !== undefined) half.set(MessageProperty.TRANSACTION_ID, uniqueKey);
    const sysFlag = message.sysFlag & ~SysFlag.TRANSACTION_BITS;
    return this.#keep({ ...message, sysFlag, body: Buffer.from(message.body) }, half);
  }

  /** What a broker does with END_TRANSACTION; undefined where it says nothing, even to who waits for an answer. */
  end(request: EndTransactionRequest): Answer | undefined {
    const { resolution, commitLogOffset } = request;
    if (resolution === 'unknown') return undefined;
    const half = this.#copies.get(commitLogOffset);
    if (half === undefined) return refuse('Find prepared transaction message failed');
    if (half.properties.get(MessageProperty.PRODUCER_GROUP) !== request.producerGroup) {
      return refuse('The producer group wrong');
    }
    if (BigInt(half.place.queueOffset) !== request.tranStateTableOffset) {
      return refuse('The transaction state table offset wrong');
    }
    this.#ended.add(commitLogOffset);
    if (this.#options.release.major === 4 || this.#endBatchMs === 0) this.#markEnded();
    else this.#marking ??= setTimeout(() => this.#markEnded(), this.#endBatchMs);
    if (resolution === 'rollback') return ROLLED_BACK;
    this.#commit(half);
    return COMMITTED;
  }

  /** Asks about what is too old, once per `checkIntervalMs`, until `stop`. */
  start(): void {
    const { checkIntervalMs = DEFAULT_CHECK_INTERVAL_MS } = this.#options.transactions;
    this.#scan ??= setInterval(() => this.#check(), checkIntervalMs);
  }

  /** What was not marked yet is forgotten. */
  stop(): void {
    clearInterval(this.#scan);
    clearTimeout(this.#marking);
    this.#scan = undefined;
    this.#marking = undefined;
    this.#ended.clear();
  }

  get #endBatchMs(): number {
    return this.#options.transactions.endBatchMs ?? DEFAULT_END_BATCH_MS;
  }

  #markEnded(): void {
    this.#marking = undefined;
    for (const commitLogOffset of this.#ended) {
      this.#open.delete(commitLogOffset);
      if (!this.#options.keepsEnded) this.#copies.delete(commitLogOffset);
    }
    this.#ended.clear();
  }

  #commit({ message, properties }: HalfMessage): void {
    const { store, release } = this.#options;
    const committed = new Map(properties);
    if (release.major === 5) {
      committed.delete(MessageProperty.REAL_TOPIC);
      committed.delete(MessageProperty.REAL_QUEUE_ID);
    }
    const sysFlag = message.sysFlag | SysFlag.TRANSACTION_COMMIT;
    store.append({ ...message, sysFlag, properties: encodeProperties(committed) });
  }

  #check(): void {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, maxChecks = DEFAULT_MAX_CHECKS } = this.#options.transactions;
    const now = Date.now();
    // Of those that there are now: asking about one adds another.
    const open = [...this.#open];
    for (const commitLogOffset of open) {
      const half = this.#copies.get(commitLogOffset);
      if (half === undefined) continue;
      const { message, properties } = half;
      const immunity = Number(properties.get(MessageProperty.CHECK_IMMUNITY_TIME_IN_SECONDS) ?? Number.NaN) * 1000;
      if (now - message.bornAt < (Number.isNaN(immunity) ? timeoutMs : immunity)) continue;
      this.#open.delete(commitLogOffset);
      const checks = Number(properties.get(MessageProperty.TRANSACTION_CHECK_TIMES) ?? 0);
      if (checks >= maxChecks) this.#giveUp(half);
      else this.#ask(half, checks + 1);
    }
  }

  /** Stores the message anew and asks a client of its group where that copy is to go. */
  #ask({ message, properties, storedAt }: HalfMessage, times: number): void {
    const { brokerName, release, clients } = this.#options;
    const counted = new Map([...properties, [MessageProperty.TRANSACTION_CHECK_TIMES, String(times)] as const]);
    const place = this.#keep(message, counted);
    const client = clients.channelOfGroup(properties.get(MessageProperty.PRODUCER_GROUP) ?? '');
    if (client === undefined) return;
    const { commitLogOffset, ...storeHost } = parseOffsetMsgId(place.offsetMsgId);
    const asked: StoredMessage = {
      ...message,
      queueOffset: BigInt(place.queueOffset),
      commitLogOffset,
      bornHost: { host: storeHost.host, port: message.bornPort },
      storedAt,
      storeHost,
      preparedTransactionOffset: 0n,
      body: Buffer.from(message.body),
      properties: encodeProperties(counted.set(MessageProperty.WAIT_STORE_MSG_OK, 'false')),
    };
    const uniqueKey = properties.get(MessageProperty.UNIQUE_KEY);
    const request = checkTransactionState.payload({
      brokerName: release.major === 5 ? brokerName : undefined,
      topic: release.major === 5 ? HALF_TOPIC : undefined,
      commitLogOffset,
      tranStateTableOffset: BigInt(place.queueOffset),
      msgId: uniqueKey,
      transactionId: uniqueKey,
      offsetMsgId: place.offsetMsgId,
      halfMessage: encodeStoredMessage(asked),
    });
    const { code } = checkTransactionState;
    client.sendRequest({ ...request, code, opaque: this.#opaque++, flag: FLAG_ONEWAY, remark: undefined });
  }

  #giveUp({ message, properties }: HalfMessage): void {
    const text = encodeProperties(properties);
    this.#options.store.append({ ...message, topic: GIVEN_UP_TOPIC, queueId: 0, properties: text });
  }

  /** `message` keeps its real topic and queue; what is stored has those of all half messages. */
  #keep(message: NewMessage, properties: ReadonlyMap<string, string>): Place {
    const { store } = this.#options;
    const stored = { ...message, topic: HALF_TOPIC, queueId: 0, properties: encodeProperties(properties) };
    const place = store.append(stored);
    const { commitLogOffset } = parseOffsetMsgId(place.offsetMsgId);
    this.#copies.set(commitLogOffset, { message, properties: new Map(properties), place, storedAt: Date.now() });
    this.#open.add(commitLogOffset);
    return place;
  }
}

const refuse = (remark: string): Answer => ({ code: ResponseCode.SYSTEM_ERROR, remark, fields: NO_FIELDS });

/** Whether a message with these properties begins a transaction. */
export const isHalfMessage = (properties: string): boolean =>
  properties.includes(MessageProperty.TRANSACTION_PREPARED) &&
  decodeProperties(properties).get(MessageProperty.TRANSACTION_PREPARED) === 'true';
