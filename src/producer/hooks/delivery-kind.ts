/**
 * How a message is delivered, for those that look at it from outside, hooks and traces: told by the properties it is sent with.
 * Source: MessageType.java, DefaultMQProducerImpl.sendKernelImpl (5.5.0).
 */

/** `transaction`: the half of one, which consumers see after its commit. `delay`: delivered later, by level or time. */
export type DeliveryKind = 'normal' | 'transaction' | 'delay';

/** The unique key comes first in the properties, so every other name has the end of a property before it. */
const HALF = '\u0002TRAN_MSG\u0001true\u0002';
const LATER = /\u0002(?:DELAY|TIMER_DELIVER_MS|TIMER_DELAY_SEC|TIMER_DELAY_MS|__STARTDELIVERTIME)\u0001/;

/** `properties` as they go on the wire. */
export function deliveryKind(properties: string): DeliveryKind {
  if (properties.includes(HALF)) return 'transaction';
  return LATER.test(properties) ? 'delay' : 'normal';
}
