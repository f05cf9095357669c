/**
 * Answers brokers that ask what became of transactions: some at a time, each within a time, the rest in a queue that has an
 * end. What is not answered is asked again; so whatever goes wrong here costs time, and no message.
 *
 *     check ──local work under way?──► the work will say it, at the new place
 *       ├──ended lately, and confirmed?──► the new copy is dropped: rollback
 *       └──asked already?──► that answer will do, at the new place
 *       └──► waits ──► checkTransaction is asked ──says, fails, out of time──► END_TRANSACTION
 */
import { Subscription } from 'rxjs';
import type { CallbackContext } from '../../callbacks/async-context.js';
import { textOf } from '../../callbacks/thrown.js';
import type { TransactionCheck } from '../../client/transaction-check-requests.js';
import { ByteBudget } from '../../collections/byte-budget.js';
import { RingQueue } from '../../collections/ring-queue.js';
import { createError, RocketMQError } from '../../errors/rocketmq-error.js';
import type { Logger } from '../../observe/logger.js';
import { whenReadable } from '../../protocol/compression.js';
import { MessageProperty } from '../../protocol/message-properties.js';
import type { CheckTransactionStateRequest } from '../../protocol/requests/check-transaction-state.js';
import type { Resolution } from '../../protocol/requests/end-transaction.js';
import { tellBroker, type TransactionEnd } from './end-of-transaction.js';
import { messageOfHalf } from './half-message.js';
import type { RecentEnd } from './recent-ends.js';
import { reasonForBroker, type TransactionDesk } from './local-transaction.js';
import type { Message } from '../message/message.js';
import { askWhen, awaitResolution } from './resolution.js';
import type { CheckTransaction } from './transaction.js';

export interface TransactionCheckLimits {
  /** Questions that `checkTransaction` is asked at one time. */
  readonly concurrency: number;
  /** For one answer. */
  readonly timeoutMs: number;
  /** Questions that wait at most. */
  readonly waiting: number;
}

/** What half messages may take that wait or are asked about; `waiting` counts questions of any size. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

export interface TransactionChecksOptions {
  readonly desk: TransactionDesk;
  readonly limits: TransactionCheckLimits;
  /** Absent: nobody here can say. */
  readonly check: CheckTransaction | undefined;
  readonly maxMessageBytes: number;
  readonly topicOf: (onWire: string) => string;
  readonly logger: Logger;
  /** Where `check` runs. */
  readonly callerContext: CallbackContext;
}

export class TransactionChecks {
  readonly #options: TransactionChecksOptions;
  readonly #waiting = new RingQueue<Question>();
  /** Waiting and asked, by broker and unique key: copies of one message at two brokers are two questions. */
  readonly #questions = new Map<string, Question>();
  readonly #bytes = new ByteBudget(MAX_WAITING_BYTES);
  #asked = 0;
  #isAsking = false;
  #isClosed = false;

  constructor(options: TransactionChecksOptions) {
    this.#options = options;
  }

  /** A broker asks. Never throws. */
  readonly onCheck = (check: TransactionCheck): void => {
    const { desk, limits, logger } = this.#options;
    const { request, address, properties } = check;
    const msgId = properties.get(MessageProperty.UNIQUE_KEY) ?? request.msgId ?? request.offsetMsgId ?? '';
    if (this.#isClosed) return;
    const local = desk.openTransactions.get(msgId);
    if (local !== undefined) {
      // The half message that counts is elsewhere, so this one is nobody's.
      if (!local.moved(request, address)) this.#dropCopy({ check, msgId });
      return;
    }
    const ended = this.#endOf(msgId, check);
    if (ended !== undefined) {
      if (ended.isConfirmed) this.#dropCopy({ check, msgId });
      else ended.whenDecided(address, () => this.onCheck(check));
      return;
    }
    const id = `${address} ${msgId}`;
    const known = this.#questions.get(id);
    const bytes = request.halfMessage.length;
    if (known === undefined && this.#options.check === undefined) {
      logger.warn({ address, msgId }, 'a broker asks about a transaction, but there is no checkTransaction');
    } else if (
      (known === undefined && this.#waiting.length >= limits.waiting) ||
      !this.#bytes.tryHold(bytes - bytesOf(known))
    ) {
      logger.warn(
        { address, msgId, waiting: limits.waiting },
        'too many transaction checks wait: the broker will ask again',
      );
    } else if (known !== undefined) {
      known.check = check;
    } else {
      const question: Question = { id, check, msgId };
      this.#questions.set(id, question);
      this.#waiting.push(question);
      this.#askNext();
    }
  };

  /** Whoever is being asked is told to stop; nothing more is answered. */
  close(): void {
    this.#isClosed = true;
    this.#waiting.clear();
    const questions = [...this.#questions.values()];
    this.#questions.clear();
    this.#bytes.release(this.#bytes.held);
    for (const { cancel } of questions) cancel?.();
  }

  /**
   * The end of the transaction, as far as it says what becomes of the copy that `check` is about. It does not where a broker
   * asks from another address than the one that has confirmed: a replica that took its place may not have what it had. Nor
   * behind a proxy, which confirms what it has not heard from the broker, and tells of no copy where it lies.
   */
  #endOf(msgId: string, { request, address }: TransactionCheck): RecentEnd | undefined {
    const { desk } = this.#options;
    if (request.offsetMsgId === undefined) return undefined;
    const end = desk.recentEnds.find(msgId);
    if (end === undefined) return undefined;
    const { brokerName, address: endedAt } = end.place;
    const isThere = address === endedAt || (brokerName !== undefined && desk.masterOf(brokerName) === endedAt);
    return isThere ? end : undefined;
  }

  /** Nobody counts on this copy: the message is elsewhere, or is not to be. */
  #dropCopy({ check, msgId }: Pick<Question, 'check' | 'msgId'>): void {
    const { desk } = this.#options;
    tellBroker(desk, { ...this.#endIn({ check, msgId }, 'rollback', undefined), isOfCopy: true }, (error) =>
      this.#warn({ check, msgId }, error),
    );
  }

  /** Iterative: an answer that comes at once is not followed by the next question from within. */
  #askNext(): void {
    const { limits, check } = this.#options;
    if (check === undefined || this.#isAsking) return;
    this.#isAsking = true;
    while (this.#asked < limits.concurrency) {
      const question = this.#waiting.shift();
      if (question === undefined) break;
      this.#ask(question, check);
    }
    this.#isAsking = false;
  }

  #ask(question: Question, checkTransaction: CheckTransaction): void {
    const { desk, limits, callerContext } = this.#options;
    const { request } = question.check;
    const { id, msgId } = question;
    const abort = new AbortController();
    const transaction = { transactionId: request.transactionId ?? msgId, msgId, signal: abort.signal };
    const asking = new Subscription();
    this.#asked++;

    const end = (answer: () => void): void => {
      if (asking.closed) return;
      asking.unsubscribe();
      this.#asked--;
      if (this.#questions.delete(id)) this.#bytes.release(bytesOf(question));
      answer();
      this.#askNext();
    };
    const unknown = (reason: RocketMQError): void => end(() => this.#answer(question, 'unknown', reason));
    question.cancel = () => {
      callerContext.run(() => abort.abort());
      end(() => {});
    };
    const expire = (): void => {
      callerContext.run(() => abort.abort());
      const what = `checkTransaction did not answer within ${limits.timeoutMs} ms about ${msgId}`;
      unknown(createError('RMQ_TRANSACTION_TIMEOUT', what, { detail: { msgId } }));
    };
    const stopListening = callerContext.run(
      awaitResolution,
      () =>
        askWhen(whenReadable(question.check.half.sysFlag), () => {
          question.message = this.#messageIn(question.check);
          return checkTransaction(question.message, transaction);
        }),
      {
        resolved: (resolution) => end(() => this.#answer(question, resolution, undefined)),
        failed: (thrown) => unknown(asError(thrown, msgId)),
      },
    );
    // Where the answer came at once, both end at once.
    asking.add(stopListening);
    asking.add(desk.clock.after(limits.timeoutMs, expire));
  }

  #answer(question: Question, resolution: Resolution, reason: RocketMQError | undefined): void {
    const { desk, logger } = this.#options;
    const { check, msgId } = question;
    const { request, address } = check;
    if (reason !== undefined) logger.warn({ msgId, address, code: reason.code }, reason.message);
    const told = desk.recentEnds.begin(msgId, { brokerName: request.brokerName, address });
    tellBroker(desk, this.#endIn(question, resolution, reason), (error) => {
      told(error === undefined && resolution !== 'unknown');
      this.#warn(question, error);
    });
  }

  #warn({ check: { address }, msgId }: Pick<Question, 'check' | 'msgId'>, error: RocketMQError | undefined): void {
    if (error === undefined) return;
    const what = 'a broker has not confirmed how a transaction ends';
    this.#options.logger.warn({ msgId, address, code: error.code }, what);
  }

  #endIn(
    question: Pick<Question, 'check' | 'msgId' | 'message'>,
    resolution: Resolution,
    reason: RocketMQError | undefined,
  ): TransactionEnd {
    const { desk, topicOf, callerContext } = this.#options;
    const { check, msgId } = question;
    const { request, half, properties, address } = check;
    return {
      address,
      request: endOf(request, half.topic, { groupOnWire: desk.groupOnWire, msgId, resolution, reason }),
      topic: topicOf(half.topic),
      regionId: properties.get(MessageProperty.MSG_REGION),
      reason,
      callerContext,
      message: () => question.message ?? this.#messageIfReadable(check),
    };
  }

  #messageIn({ request: { brokerName }, half, properties }: TransactionCheck): Message {
    const { maxMessageBytes, topicOf } = this.#options;
    return messageOfHalf(half, properties, { brokerName, maxMessageBytes, topicOf });
  }

  #messageIfReadable(check: TransactionCheck): Message | undefined {
    try {
      return this.#messageIn(check);
    } catch {
      return undefined;
    }
  }
}

const bytesOf = (question: Question | undefined): number => question?.check.request.halfMessage.length ?? 0;

interface Question {
  readonly id: string;
  /** The last one that was asked about this transaction: earlier copies of the half message do not count any more. */
  check: TransactionCheck;
  readonly msgId: string;
  /** Read for `checkTransaction`, if it is asked. */
  message?: Message | undefined;
  cancel?: (() => void) | undefined;
}

interface Answer {
  readonly groupOnWire: string;
  readonly msgId: string;
  readonly resolution: Resolution;
  readonly reason: RocketMQError | undefined;
}

/**
 * At the place that the question named. The topic is the message's own, where brokers ask with one at all: they read it for
 * access control only, and Java, which echoes the topic of all half messages, needs rights on that.
 */
const endOf = (request: CheckTransactionStateRequest, topic: string, answer: Answer) => ({
  producerGroup: answer.groupOnWire,
  brokerName: request.brokerName,
  commitLogOffset: request.commitLogOffset,
  topic: request.topic === undefined ? undefined : topic,
  msgId: answer.msgId,
  tranStateTableOffset: request.tranStateTableOffset,
  resolution: answer.resolution,
  transactionId: request.transactionId,
  fromTransactionCheck: true,
  reason: answer.reason && reasonForBroker('checkTransaction', answer.reason),
});

const asError = (thrown: unknown, msgId: string): RocketMQError =>
  thrown instanceof RocketMQError
    ? thrown
    : createError('RMQ_TRANSACTION_FAILED', `checkTransaction failed: ${textOf(thrown)}`, {
        cause: thrown,
        detail: { msgId },
      });
