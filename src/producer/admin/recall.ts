/**
 * Takes a timer message back before it is delivered. Which messages can be recalled is the broker's to say.
 * Source: DefaultMQProducerImpl.recallMessage, DefaultRecallMessageTraceHook.java (5.5.0).
 */
import type { ErrorCode } from '../../errors/error-table.js';
import { RocketMQError } from '../../errors/rocketmq-error.js';
import { assertGiven, type OptionTable } from '../../options/check-options.js';
import { someText } from '../../options/option-kinds.js';
import { parseRecallHandle } from '../../protocol/recall-handle.js';
import { recallMessage } from '../../protocol/requests/recall-message.js';
import { type AskedBroker, argumentInvalid, type BrokerQuestions } from './broker-questions.js';
import type { Tracer } from '../trace/tracer.js';

export interface Recall {
  readonly group: string;
  readonly topic: string;
  readonly recallHandle: string;
  readonly timeoutMs: number;
  readonly tracer: Tracer | undefined;
}

const recallArguments = {
  topic: { kind: someText, isRequired: true },
  recallHandle: { kind: someText, isRequired: true },
} as const satisfies OptionTable;

/** Refused before the broker looked at it: as answers without a region in Java, no recall that could be traced. */
const NOT_LOOKED_AT: ReadonlySet<ErrorCode> = new Set(['RMQ_ACCESS_DENIED', 'RMQ_REQUEST_UNSUPPORTED']);

/** Resolves with the unique key of the message. See `Producer.recall`. */
export async function recall(questions: BrokerQuestions, { group, topic, ...options }: Recall): Promise<string> {
  const { recallHandle, timeoutMs, tracer } = options;
  assertGiven('arguments of recall()', { topic, recallHandle }, recallArguments, 'RMQ_ARGUMENT_INVALID');
  if (topic.startsWith('%RETRY%') || topic.startsWith('%DLQ%')) {
    throw argumentInvalid('recall-topic', `messages of ${topic} cannot be recalled`);
  }
  const handle = parseRecallHandle(recallHandle);
  if (handle === undefined) throw argumentInvalid('recall-handle', 'this is not a recall handle of a receipt');
  const broker = await whereItLies(questions, topic, handle.brokerName);
  const names = { producerGroup: group, topic: questions.nameOnWire(topic), brokerName: handle.brokerName };
  const traced = { group, topic, msgId: handle.uniqueKey };
  try {
    const { msgId, regionId } = await questions.ask(broker, recallMessage, { ...names, recallHandle }, timeoutMs);
    tracer?.recalled({ ...traced, regionId, isRecalled: true });
    return msgId;
  } catch (error) {
    if (isRefused(error)) tracer?.recalled({ ...traced, regionId: undefined, isRecalled: false });
    throw error;
  }
}

const isRefused = (error: unknown): boolean =>
  error instanceof RocketMQError && error.detail['responseCode'] !== undefined && !NOT_LOOKED_AT.has(error.code);

/** A proxy gives out handles of brokers that no route of its names: it forwards them, whichever address is asked. */
async function whereItLies(questions: BrokerQuestions, topic: string, brokerName: string): Promise<AskedBroker> {
  const brokers = await questions.brokersOf(topic);
  const named = brokers.find((broker) => broker.brokerName === brokerName);
  return named ?? brokers[0] ?? questions.masterOf(topic, brokerName);
}
