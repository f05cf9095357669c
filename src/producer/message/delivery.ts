/**
 * When a message is delivered, where that is not at once: how callers say it, and as properties on the wire. Which
 * brokers can do it is not checked here but when the broker is known.
 * Source: Message.java, HookUtils.java, MessageStoreConfig.java (5.5.0, 4.9.7).
 */
import { types } from 'node:util';
import { shown } from '../../errors/kind-of.js';
import { createError, type RocketMQError } from '../../errors/rocketmq-error.js';
import { BrokerVersion } from '../../protocol/broker-version.js';
import { MessageProperty } from '../../protocol/message-properties.js';
import type { SpecialProperty } from './special-property.js';

/**
 * When a message is delivered: exactly one of the three. Until then no consumer sees it.
 *
 * - `delayLevel`: 1 to 18, which are 1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h unless the broker is
 *   configured otherwise (`messageDelayLevel`). All brokers.
 * - `delayMs`: so many ms after the broker has it; `deliverAt`: at a time, as a Date or in ms since 1970, which is the
 *   broker's clock. A time that has passed is now. Brokers of 5.0 and later, to the second; a message that asks an
 *   older one fails with RMQ_BROKER_TOO_OLD, because it would be delivered at once. How far ahead is the broker's to
 *   say: 3 days unless configured (`timerMaxDelaySec`), RMQ_MESSAGE_REFUSED beyond.
 */
export type Delivery =
  | { readonly delayLevel: number; readonly delayMs?: undefined; readonly deliverAt?: undefined }
  | { readonly delayMs: number; readonly delayLevel?: undefined; readonly deliverAt?: undefined }
  | { readonly deliverAt: Date | number; readonly delayLevel?: undefined; readonly delayMs?: undefined };

/** As many as brokers have unless configured; above its highest a broker takes the highest, without a word. */
const MAX_DELAY_LEVEL = 18;

/** Throws RMQ_MESSAGE_INVALID, `detail.rule` `delivery`, `delivery-level` or `delivery-time`. */
export function encodeDelivery(delivery: Delivery): SpecialProperty {
  if (!isObject(delivery)) {
    throw invalid('delivery', `delivery is ${shown(delivery)}, not an object with delayLevel, delayMs or deliverAt`);
  }
  const given = Object.entries(delivery).filter(([, value]) => value !== undefined);
  const [first, second] = given;
  if (first === undefined || second !== undefined) {
    throw invalid('delivery', 'a delivery is exactly one of delayLevel, delayMs and deliverAt');
  }
  const [kind, value]: [string, unknown] = first;
  switch (kind) {
    case 'delayLevel':
      if (!isIntegerFrom(1, value) || value > MAX_DELAY_LEVEL) {
        throw invalid('delivery-level', `delayLevel is ${shown(value)}, not a whole number from 1 to 18`);
      }
      return { name: MessageProperty.DELAY_TIME_LEVEL, value: String(value), minBrokerVersion: 0 };
    case 'delayMs':
      if (!isIntegerFrom(0, value)) {
        throw invalid('delivery-time', `delayMs is ${shown(value)}, not a whole number of ms from 0`);
      }
      return { name: MessageProperty.TIMER_DELAY_MS, value: String(value), minBrokerVersion: BrokerVersion.V5_0_0 };
    case 'deliverAt': {
      const at = types.isDate(value) ? value.getTime() : value;
      if (!isIntegerFrom(0, at)) {
        throw invalid(
          'delivery-time',
          `deliverAt is ${types.isDate(value) ? String(value) : shown(value)}, not a time: a Date, or ms since 1970`,
        );
      }
      return { name: MessageProperty.TIMER_DELIVER_MS, value: String(at), minBrokerVersion: BrokerVersion.V5_0_0 };
    }
    default:
      throw invalid('delivery', `a delivery has no ${kind}, only delayLevel, delayMs or deliverAt`);
  }
}

/** A time is no delivery: it has no fields, and would be one without anything. */
const isObject = (given: unknown): boolean =>
  typeof given === 'object' && given !== null && !Array.isArray(given) && !types.isDate(given);

const isIntegerFrom = (min: number, value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= min;

const invalid = (rule: string, message: string): RocketMQError =>
  createError('RMQ_MESSAGE_INVALID', message, { detail: { rule } });
