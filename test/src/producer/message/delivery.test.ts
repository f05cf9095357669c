import { encodeDelivery, type Delivery } from '../../../../src/producer/message/delivery.js';
import { RocketMQError } from '../../../../src/errors/rocketmq-error.js';
import { decodeProperties } from '../../../../src/protocol/properties.js';
import { goldenFrame } from '../../../golden/golden-frames.js';

test.each([
  [{ delayLevel: 1 }, 'DELAY', '1', 0],
  [{ delayLevel: 18 }, 'DELAY', '18', 0],
  [{ delayMs: 0 }, 'TIMER_DELAY_MS', '0', 413],
  [{ delayMs: 4000 }, 'TIMER_DELAY_MS', '4000', 413],
  [{ deliverAt: 1_795_187_431_475 }, 'TIMER_DELIVER_MS', '1795187431475', 413],
  [{ deliverAt: new Date(1_795_187_431_475) }, 'TIMER_DELIVER_MS', '1795187431475', 413],
] as const)('%j is told as %s', (delivery, name, value, minBrokerVersion) => {
  expect(encodeDelivery(delivery)).toEqual({ name, value, minBrokerVersion });
});

test.each([
  ['5.5.0/delay-level-3', { delayLevel: 3 }],
  ['4.9.7/delay-level-3', { delayLevel: 3 }],
  ['5.5.0/timer-deliver-recall', { deliverAt: 1_795_187_431_475 }],
] as const)('as the Java client tells it in %s', (scenario, delivery) => {
  const text = goldenFrame(scenario, ({ code }) => code === 310).extFields?.['i'] ?? '';
  const { name, value } = encodeDelivery(delivery);
  expect(decodeProperties(text).get(name)).toBe(value);
});

const ruleBrokenBy = (delivery: object): unknown => {
  try {
    return encodeDelivery(delivery as Delivery);
  } catch (error) {
    return error instanceof RocketMQError && error.code === 'RMQ_MESSAGE_INVALID' ? error.detail['rule'] : error;
  }
};

test.each([
  ['none of the three', {}, 'delivery'],
  ['two of the three', { delayLevel: 1, delayMs: 5 }, 'delivery'],
  ['a name that does not exist', { delaySeconds: 5 }, 'delivery'],
  ['level 0', { delayLevel: 0 }, 'delivery-level'],
  ['a level above the highest', { delayLevel: 19 }, 'delivery-level'],
  ['half a level', { delayLevel: 1.5 }, 'delivery-level'],
  ['a negative delay', { delayMs: -1 }, 'delivery-time'],
  ['a delay without end', { delayMs: Number.POSITIVE_INFINITY }, 'delivery-time'],
  ['an invalid date', { deliverAt: new Date('never') }, 'delivery-time'],
  ['a date as text', { deliverAt: '2026-01-01' }, 'delivery-time'],
])('%s is refused', (_, delivery, rule) => {
  expect(ruleBrokenBy(delivery)).toBe(rule);
});

test('what is undefined is not there', () => {
  expect(encodeDelivery({ delayMs: 5, delayLevel: undefined }).value).toBe('5');
});
