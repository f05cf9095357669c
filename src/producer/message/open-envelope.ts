/** Makes the envelope of a message: open, or settled at once where the message breaks a rule. */
import { textOf } from '../../callbacks/thrown.js';
import { createError, RocketMQError } from '../../errors/rocketmq-error.js';
import { detachedFlow } from './detached-flow.js';
import { encodeMessage, type MessageLimits } from './encode-message.js';
import { Envelope, type Open, type Settled } from './envelope.js';
import type { Message } from './message.js';
import type { MessageKind } from './message-kind.js';
import { Failure } from './outcome.js';

/** What a refused message would have put on the wire. */
const NOTHING = { msgId: '', body: new Uint8Array(0), properties: '', flag: 0, queue: undefined, minBrokerVersion: 0 };

/** Never throws, whatever is handed in. */
export function openEnvelope<C>(message: Message<C>, limits: MessageLimits, kind?: MessageKind): Open<C> | Settled<C> {
  // A Message<C> without a context is a Message<undefined>: what it has is a C either way.
  let context = undefined as C;
  try {
    // Of whatever was handed in: that it is no message is found below.
    context = (message as Message<C> | null | undefined)?.context as C;
    const envelope = new Envelope<C>(encodeMessage(message, limits, kind), detachedFlow);
    if (kind !== undefined) {
      envelope.sysFlag |= kind.sysFlag;
      envelope.isReply = kind.isReply === true;
    }
    return envelope;
  } catch (thrown) {
    const error = thrown instanceof RocketMQError ? thrown : unreadable(thrown);
    const envelope = new Envelope<C>({ message, context, bornAt: Date.now(), ...NOTHING }, detachedFlow);
    envelope.bytes = handedIn(message);
    detachedFlow.settle(envelope, new Failure({ message, context, msgId: undefined }, { stage: 'validate', error }));
    return envelope;
  }
}

/** What a refused message keeps in memory for as long as its outcome waits. Whatever it is, and has, never throws. */
function handedIn(message: { readonly body?: unknown; readonly properties?: unknown }): number {
  try {
    const { body, properties } = message;
    const values: unknown[] = typeof properties === 'object' && properties !== null ? Object.values(properties) : [];
    return [body, ...values].reduce<number>((sum, value) => sum + sizeOf(value), 0);
  } catch {
    return 0;
  }
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer ? value.byteLength : 0;
}

const unreadable = (thrown: unknown): RocketMQError =>
  createError('RMQ_MESSAGE_INVALID', `the message cannot be read: ${textOf(thrown)}`, {
    cause: thrown,
    detail: { rule: 'unreadable' },
  });
