import { isReservedProperty, MessageProperty } from '../../../src/protocol/message-properties.js';

test('what the client writes itself is not for applications', () => {
  const { KEYS, TAGS, WAIT_STORE_MSG_OK, UNIQUE_KEY, TRANSACTION_PREPARED, PRODUCER_GROUP, CLUSTER } = MessageProperty;
  for (const name of [KEYS, TAGS, WAIT_STORE_MSG_OK, UNIQUE_KEY, TRANSACTION_PREPARED, PRODUCER_GROUP, CLUSTER]) {
    expect([name, isReservedProperty(name)]).toEqual([name, true]);
  }
});

test('the names of 5.x are reserved too: timers, priority, light topics', () => {
  for (const name of [
    'TIMER_DELIVER_MS',
    'TIMER_ROLL_LABEL',
    '_SYS_MSG_PRIORITY_',
    '__LITE_TOPIC',
    'ORIGIN_GROUP',
    '__CRC32#',
  ]) {
    expect([name, isReservedProperty(name)]).toEqual([name, true]);
  }
});

test('what Java lets applications set stays allowed', () => {
  for (const name of [
    MessageProperty.SHARDING_KEY,
    'INNER_MULTI_DISPATCH',
    'CHECK_IMMUNITY_TIME_IN_SECONDS',
    'keys',
    'x',
  ]) {
    expect([name, isReservedProperty(name)]).toEqual([name, false]);
  }
});

test('names of objects are names like any other', () => {
  for (const name of ['__proto__', 'constructor', 'toString']) expect(isReservedProperty(name)).toBe(false);
});
