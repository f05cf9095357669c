/**
 * Checks the messages of an explicit batch, one by one and against each other, and makes the one envelope that stands
 * for all of them. Nothing is sent here. Rules: MessageBatch.java (5.5.0).
 */
import { textOf } from '../../callbacks/thrown.js';
import { createError, RocketMQError, withStored } from '../../errors/rocketmq-error.js';
import { batchMemberBytes, encodeBatchBody, tooManyMembers } from '../../protocol/batch-body.js';
import type { MessageQueue } from '../../protocol/message-queue.js';
import { MAX_BATCH_MEMBERS } from '../../protocol/stored-limits.js';
import { batchObstacle, waitsForStore } from './batch-rules.js';
import { detachedFlow } from '../message/detached-flow.js';
import { encodeMessage, type MessageLimits } from '../message/encode-message.js';
import { type EncodedMessage, Envelope } from '../message/envelope.js';
import type { Message } from '../message/message.js';
import { Failure, type SendFailure } from '../message/outcome.js';
import { SendError } from '../message/send-error.js';

/**
 * The batch as one envelope, named after its first message; its body holds the members, so the caller's bytes are
 * copied. Throws a SendError where a message breaks a rule, by itself or beside the others (RMQ_MESSAGE_INVALID with
 * `detail.rule`, RMQ_MESSAGE_TOO_LARGE; `detail.index` says which message), and RMQ_MESSAGE_INVALID where there is none.
 * `isDirected`: the caller chose the queue, whatever the messages say.
 */
export function openBatch<C>(messages: readonly Message<C>[], limits: MessageLimits, isDirected: boolean): Envelope<C> {
  const given: unknown = messages;
  if (!Array.isArray(given)) throw emptyBatch();
  if (given.length > MAX_BATCH_MEMBERS) throw refusedBatch(messages, MAX_BATCH_MEMBERS, tooManyMembers(given.length));
  const members: EncodedMessage<C>[] = [];
  let bytes = 0;
  for (const [index, message] of messages.entries()) {
    try {
      const member = encodeMessage(message, limits);
      checkMember(member, members[0] ?? member, isDirected);
      bytes += batchMemberBytes(member);
      if (bytes > limits.maxMessageBytes) throw tooLarge(bytes, limits.maxMessageBytes);
      members.push(member);
    } catch (thrown) {
      throw refusedBatch(messages, index, thrown);
    }
  }
  const [first] = members;
  if (first === undefined) throw emptyBatch();
  const envelope = new Envelope<C>({ ...first, body: encodeBatchBody(members), properties: '', flag: 0 }, detachedFlow);
  envelope.batch = { members, receipts: [] };
  return envelope;
}

/** Throws where a message cannot be in a batch, or not in one with `first`. */
function checkMember(member: EncodedMessage<unknown>, first: EncodedMessage<unknown>, isDirected: boolean): void {
  const { message, queue } = member;
  const obstacle = batchObstacle(member);
  if (obstacle !== undefined) throw createError(obstacle.code, obstacle.problem, { detail: { rule: obstacle.rule } });
  if (message.topic !== first.message.topic) {
    throw invalid('batch-topic', `its topic is ${message.topic}, that of the batch ${first.message.topic}`);
  }
  if (waitsForStore(message) !== waitsForStore(first.message)) {
    throw invalid('batch-wait', 'its waitStoreMsgOk is another than that of the first message');
  }
  if (isDirected) return;
  if (!isSameQueue(queue, first.queue)) {
    throw invalid('batch-queue', 'its queue is another than that of the first message');
  }
  if (queue === undefined && message.shardingKey !== first.message.shardingKey) {
    throw invalid('batch-sharding-key', 'its shardingKey is another than that of the first message');
  }
}

const isSameQueue = (a: MessageQueue | undefined, b: MessageQueue | undefined): boolean =>
  a?.brokerName === b?.brokerName && a?.queueId === b?.queueId;

/** The failure of the message that broke the rule, and those of the others, which were not sent because of it. */
export function refusedBatch<C>(messages: readonly Message<C>[], index: number, thrown: unknown): RocketMQError {
  const error = named(index, messages.length, thrown);
  const failures = failuresWith({ stage: 'validate', error }, messages);
  const [failure] = failures.splice(index, 1);
  return failure === undefined ? error : new SendError(failure, [], failures);
}

/** `failure` of one message, because of which the others were not sent. */
export const unsentBatch = <C>(failure: SendFailure<C>, others: readonly Message<C>[]): SendError<C> =>
  new SendError(failure, [], failuresWith({ stage: failure.stage, error: withStored(failure.error, 'no') }, others));

/** For messages that were not sent; what was handed in may be anything. */
const failuresWith = <C>(
  { stage, error }: Pick<SendFailure<C>, 'stage' | 'error'>,
  messages: readonly (Message<C> | undefined)[],
): Failure<C>[] =>
  messages.map((message) => {
    const unsent = { message: message as Message<C>, context: message?.context as C, msgId: undefined };
    return new Failure(unsent, { stage, error });
  });

/** The error, saying which message it is about. */
function named(index: number, count: number, thrown: unknown): RocketMQError {
  const which = `message ${index + 1} of ${count} of the batch`;
  if (!(thrown instanceof RocketMQError)) {
    const detail = { rule: 'unreadable', index };
    return createError('RMQ_MESSAGE_INVALID', `${which} cannot be read: ${textOf(thrown)}`, { cause: thrown, detail });
  }
  return createError(thrown.code, `${which}: ${thrown.message}`, { detail: { ...thrown.detail, index } });
}

const invalid = (rule: string, problem: string): RocketMQError =>
  createError('RMQ_MESSAGE_INVALID', problem, { detail: { rule } });

const emptyBatch = (): RocketMQError => invalid('batch-empty', 'a batch is an array of at least one message');

const tooLarge = (bytes: number, limit: number): RocketMQError =>
  createError('RMQ_MESSAGE_TOO_LARGE', `with it the batch has ${bytes} bytes, at most ${limit} are allowed`, {
    detail: { rule: 'batch-size', bytes, limit },
  });
