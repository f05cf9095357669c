/**
 * Takes a timer message back before it is delivered. Which messages can be recalled is the broker's to say.
 * Source: DefaultMQProducerImpl.recallMessage (5.5.0).
 */
import { parseRecallHandle } from '../protocol/recall-handle.js';
import { recallMessage } from '../protocol/requests/recall-message.js';
import { type AskedBroker, argumentInvalid, type BrokerQuestions } from './broker-questions.js';

export interface Recall {
  readonly group: string;
  readonly topic: string;
  readonly recallHandle: string;
  readonly timeoutMs: number;
}

/** Resolves with the unique key of the message. See `Producer.recall`. */
export async function recall(questions: BrokerQuestions, { group, topic, ...options }: Recall): Promise<string> {
  const { recallHandle, timeoutMs } = options;
  if (topic.startsWith('%RETRY%') || topic.startsWith('%DLQ%')) {
    throw argumentInvalid('recall-topic', `messages of ${topic} cannot be recalled`);
  }
  const handle = parseRecallHandle(recallHandle);
  if (handle === undefined) throw argumentInvalid('recall-handle', 'this is not a recall handle of a receipt');
  const broker = await whereItLies(questions, topic, handle.brokerName);
  const names = { producerGroup: group, topic: questions.nameOnWire(topic), brokerName: handle.brokerName };
  return (await questions.ask(broker, recallMessage, { ...names, recallHandle }, timeoutMs)).msgId;
}

/** A proxy gives out handles of brokers that no route of its names: it forwards them, whichever address is asked. */
async function whereItLies(questions: BrokerQuestions, topic: string, brokerName: string): Promise<AskedBroker> {
  const brokers = await questions.brokersOf(topic);
  const named = brokers.find((broker) => broker.brokerName === brokerName);
  return named ?? brokers[0] ?? questions.masterOf(topic, brokerName);
}
