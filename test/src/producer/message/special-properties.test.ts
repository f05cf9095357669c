import { RocketMQError } from '../../../../src/errors/rocketmq-error.js';
import { specialProperty } from '../../../../src/producer/message/special-properties.js';
import { decodeProperties } from '../../../../src/protocol/properties.js';
import { goldenFrames } from '../../../golden/golden-frames.js';

const message = { topic: 'orders', body: 'x' };

const ruleBrokenBy = (special: object): unknown => {
  try {
    return specialProperty({ ...message, ...special });
  } catch (error) {
    return error instanceof RocketMQError && error.code === 'RMQ_MESSAGE_INVALID' ? error.detail['rule'] : error;
  }
};

test('an ordinary message has none', () => {
  expect(specialProperty(message)).toBeUndefined();
});

test.each([
  [{ delivery: { delayLevel: 2 } }, 'DELAY', '2', 0],
  [{ priority: 0 }, '_SYS_MSG_PRIORITY_', '0', 493],
  [{ liteTopic: 'lite-1' }, '__LITE_TOPIC', 'lite-1', 513],
])('%j has its property and the release it takes', (special, name, value, minBrokerVersion) => {
  expect(specialProperty({ ...message, ...special })).toEqual({ name, value, minBrokerVersion });
});

test.each([
  ['5.5.0/priority', [{ priority: 5 }, { priority: 1 }, {}]],
  ['5.5.0/lite-topic', [{ liteTopic: 'lite-1' }, { liteTopic: 'lite-2' }]],
])('as the Java client tells it in %s', (scenario, specials) => {
  const sent = goldenFrames(scenario).filter(({ code }) => code === 310);
  const told = sent.map(({ extFields }) => {
    const properties = decodeProperties(extFields?.['i'] ?? '');
    return [properties.get('_SYS_MSG_PRIORITY_'), properties.get('__LITE_TOPIC')];
  });
  const ours = specials.map((special: object) => {
    const property = specialProperty({ ...message, ...special });
    const valueOf = (name: string) => (property?.name === name ? property.value : undefined);
    return [valueOf('_SYS_MSG_PRIORITY_'), valueOf('__LITE_TOPIC')];
  });
  expect(ours).toEqual(told);
});

test.each([
  ['delivery with a priority', { delivery: { delayLevel: 1 }, priority: 1 }],
  ['delivery with a lite topic', { delivery: { delayMs: 1 }, liteTopic: 'a' }],
  ['a priority with a lite topic', { priority: 1, liteTopic: 'a' }],
  ['a priority with a sharding key', { priority: 1, shardingKey: 'k' }],
  ['a lite topic with a sharding key', { liteTopic: 'a', shardingKey: 'k' }],
  ['a priority with a sharding key among the properties', { priority: 1, properties: { __SHARDINGKEY: 'k' } }],
])('%s is refused', (_, special) => {
  expect(ruleBrokenBy(special)).toBe('exclusive');
});

test('a sharding key only chooses the queue of a message that is delivered later', () => {
  expect(ruleBrokenBy({ delivery: { delayLevel: 1 }, shardingKey: 'k' })).toMatchObject({ name: 'DELAY' });
});

test.each([[-1], [1.5], [Number.NaN], ['1'], [2 ** 31]])('priority %p is refused', (priority) => {
  expect(ruleBrokenBy({ priority })).toBe('priority');
});

test.each([[''], ['a$b'], ['a,b'], ['a/b'], ['a b'], ['größe'], [7]])('lite topic %p is refused', (liteTopic) => {
  expect(ruleBrokenBy({ liteTopic })).toBe('lite-topic');
});
