/**
 * Answers brokers that ask what became of transactions: some at a time, each within a time, the rest in a queue that has an
 * end. What is not answered is asked again; so whatever goes wrong here costs time, and no message.
 *
 *     check ──local work under way?──► the work will say it, at the new place
 *       └──asked already?──► that answer will do, at the new place
 *       └──► waits ──► checkTransaction is asked ──says, fails, out of time──► END_TRANSACTION
 */
import { Subscription } from 'rxjs';
import type { TransactionCheck } from '../../client/transaction-check-requests.js';
import { RingQueue } from '../../collections/ring-queue.js';
import { createError, RocketMQError } from '../../errors/rocketmq-error.js';
import type { Logger } from '../../observe/logger.js';
import { whenReadable } from '../../protocol/compression.js';
import { MessageProperty } from '../../protocol/message-properties.js';
import type { CheckTransactionStateRequest } from '../../protocol/requests/check-transaction-state.js';
import type { Resolution } from '../../protocol/requests/end-transaction.js';
import { type TransactionEnd, writeEnd } from './end-of-transaction.js';
import { messageOfHalf } from './half-message.js';
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

export interface TransactionChecksOptions {
  readonly desk: TransactionDesk;
  readonly limits: TransactionCheckLimits;
  /** Absent: nobody here can say. */
  readonly check: CheckTransaction | undefined;
  readonly maxMessageBytes: number;
  readonly topicOf: (onWire: string) => string;
  readonly logger: Logger;
}

export class TransactionChecks {
  readonly #options: TransactionChecksOptions;
  readonly #waiting = new RingQueue<Question>();
  /** Waiting and asked, by broker and unique key: copies of one message at two brokers are two questions. */
  readonly #questions = new Map<string, Question>();
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
      if (!local.moved(request, address)) this.#answer({ check, msgId }, 'rollback', undefined);
      return;
    }
    const id = `${address} ${msgId}`;
    const known = this.#questions.get(id);
    if (known !== undefined) {
      known.check = check;
    } else if (this.#options.check === undefined) {
      logger.warn({ address, msgId }, 'a broker asks about a transaction, but there is no checkTransaction');
    } else if (this.#waiting.length >= limits.waiting) {
      logger.warn(
        { address, msgId, waiting: limits.waiting },
        'too many transaction checks wait: the broker will ask again',
      );
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
    for (const { cancel } of questions) cancel?.();
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
    const { desk, limits } = this.#options;
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
      this.#questions.delete(id);
      answer();
      this.#askNext();
    };
    const unknown = (reason: RocketMQError): void => end(() => this.#answer(question, 'unknown', reason));
    question.cancel = () => {
      abort.abort();
      end(() => {});
    };
    const expire = (): void => {
      abort.abort();
      const what = `checkTransaction did not answer within ${limits.timeoutMs} ms about ${msgId}`;
      unknown(createError('RMQ_TRANSACTION_TIMEOUT', what, { detail: { msgId } }));
    };
    const stopListening = awaitResolution(
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

  #answer(
    question: Pick<Question, 'check' | 'msgId' | 'message'>,
    resolution: Resolution,
    reason: RocketMQError | undefined,
  ): void {
    const { desk, logger, topicOf } = this.#options;
    const { check, msgId } = question;
    const { request, half, properties, address } = check;
    if (reason !== undefined) logger.warn({ msgId, address, code: reason.code }, reason.message);
    const end: TransactionEnd = {
      address,
      request: endOf(request, half.topic, { groupOnWire: desk.groupOnWire, msgId, resolution, reason }),
      topic: topicOf(half.topic),
      regionId: properties.get(MessageProperty.MSG_REGION),
      reason,
      message: () => question.message ?? this.#messageIfReadable(check),
    };
    writeEnd(desk, end, (error) => {
      if (error !== undefined)
        logger.warn({ msgId, address, code: error.code }, 'a broker could not be told how a transaction ends');
    });
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

interface Question {
  readonly id: string;
  /** The last one that was asked about this transaction: earlier copies of the half message do not count any more. */
  check: TransactionCheck;
  readonly msgId: string;
  /** Read for `checkTransaction`, if it is asked. */
  message?: Message;
  cancel?: () => void;
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
    : createError('RMQ_TRANSACTION_FAILED', `checkTransaction failed: ${String(thrown)}`, {
        cause: thrown,
        detail: { msgId },
      });
