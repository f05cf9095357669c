import { isSpecial, specialSend } from '../../../src/testing/special-send.js';
import { encodeProperties } from '../../../src/protocol/properties.js';
import { serverRelease } from '../../../src/testing/server-release.js';
import { PERM } from '../../../src/testing/topic-table.js';

const topic = { topic: 'orders', readQueues: 4, writeQueues: 4, perm: PERM.readWrite };
const send = (properties: Record<string, string>, major: 4 | 5 = 5, lightQueues?: Map<string, number>) => {
  const release = serverRelease(major === 5 ? '5.5.0' : '4.9.7');
  return specialSend(encodeProperties(Object.entries(properties)), topic, 1, { release, lightQueues });
};

test('only messages that ask for something are special', () => {
  const text = (properties: Record<string, string>) => encodeProperties(Object.entries(properties));
  expect(isSpecial(text({ UNIQ_KEY: 'K', TAGS: '__LITE_TOPIC' }), 5)).toBe(false);
  expect(isSpecial(text({ UNIQ_KEY: 'K', __LITE_TOPIC: 'a' }), 5)).toBe(true);
  expect(isSpecial(text({ UNIQ_KEY: 'K', __LITE_TOPIC: 'a' }), 4)).toBe(false);
  expect(isSpecial(text({ DELAY: '1' }), 4)).toBe(true);
});

test.each([
  ['0', 0],
  ['2', 2],
  ['5', 3],
])('priority %s goes to queue %i of 4', (priority, queueId) => {
  expect(send({ _SYS_MSG_PRIORITY_: priority })).toMatchObject({ queueId, delivery: undefined });
});

test.each([[{ __SHARDINGKEY: 'k' }], [{ TRAN_MSG: 'true' }], [{ DELAY: '1' }], [{ TIMER_DELAY_MS: '1' }]])(
  'a priority beside %j is dropped',
  (other) => {
    const stored = send({ _SYS_MSG_PRIORITY_: '3', ...(other as Record<string, string>) });
    if ('code' in stored) throw new Error(stored.remark);
    expect([stored.queueId, stored.properties.has('_SYS_MSG_PRIORITY_')]).toEqual([1, false]);
  },
);

test('a lite topic names the light queue', () => {
  const stored = send({ __LITE_TOPIC: 'lite-1' });
  if ('code' in stored) throw new Error(stored.remark);
  expect(stored.properties.get('INNER_MULTI_DISPATCH')).toBe('%LMQ%$orders$lite-1');
});

test('a broker with light queues writes where in them a message lies', () => {
  const lightQueues = new Map<string, number>();
  const offsets = ['a', 'b', 'a'].map((name) => {
    const stored = send({ __LITE_TOPIC: name }, 5, lightQueues);
    return 'code' in stored ? stored : stored.properties.get('INNER_MULTI_QUEUE_OFFSET');
  });
  expect(offsets).toEqual(['0', '0', '1']);
});

test('a timer that is too far ahead is refused as a real broker does it', () => {
  expect(send({ TIMER_DELAY_MS: '259200001' })).toMatchObject({
    code: 13,
    remark: expect.stringContaining('should not be bigger than the max delay 259200000ms'),
    fields: expect.anything(),
  });
});

test('4.x keeps priorities and lite topics as they are', () => {
  const stored = send({ _SYS_MSG_PRIORITY_: '3', __LITE_TOPIC: 'a', DELAY: '1' }, 4);
  if ('code' in stored) throw new Error(stored.remark);
  expect([stored.queueId, [...stored.properties.keys()]]).toEqual([1, ['_SYS_MSG_PRIORITY_', '__LITE_TOPIC', 'DELAY']]);
});
