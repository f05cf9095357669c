import { createTopic } from '../../../../src/testing/handlers/create-topic.js';
import type { ReleaseName } from '../../../../src/testing/server-release.js';
import { brokerOf, requestOf, sender } from '../handler-kit.js';

const create = (release: ReleaseName, fields: Record<string, string>, broker = brokerOf(release)) =>
  createTopic.answer(
    requestOf(17, {
      topic: 'fresh',
      defaultTopic: 'TBW102',
      readQueueNums: '3',
      writeQueueNums: '2',
      perm: '6',
      topicFilterType: 'SINGLE_TAG',
      order: 'false',
      ...fields,
    }),
    broker,
    sender,
  );

test.each(['5.5.0', '4.9.7'] as const)('a topic is created, and the name server told, as %s', (release) => {
  let registrations = 0;
  const broker = { ...brokerOf(release), register: () => registrations++ };
  expect(create(release, {}, broker)).toMatchObject({ code: 0, remark: 'not set any response code' });
  expect(broker.topics.get('fresh')).toEqual({ topic: 'fresh', readQueues: 3, writeQueues: 2, perm: 6 });
  expect(registrations).toBe(1);
});

// As real brokers answered.
test.each([
  [
    '5.5.0',
    { topic: 'a b' },
    29,
    'The specified topic: a b, contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$',
  ],
  ['4.9.7', { topic: 'a b' }, 1, 'The specified topic contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$'],
  ['5.5.0', { topic: 'TBW102' }, 29, 'The topic[TBW102] is conflict with system topic.'],
  ['4.9.7', { topic: 'rmq_sys_x' }, 1, 'The topic[rmq_sys_x] is conflict with system topic.'],
  ['5.5.0', { topic: 'broker-a' }, 29, 'The topic[broker-a] is conflict with system topic.'],
  ['5.5.0', { attributes: '+what.ever=x' }, 1, 'unsupported key: what.ever'],
  [
    '5.5.0',
    { attributes: '+message.type=NOPE' },
    1,
    'value is not in set: [UNSPECIFIED, MIXED, TRANSACTION, PRIORITY, FIFO, DELAY, LITE, NORMAL]',
  ],
  ['5.5.0', { attributes: '+message.type=MIXED' }, 29, 'MIXED message type is not supported.'],
] as const)('%s refuses %j', (release, fields, code, remark) => {
  const broker = brokerOf(release);
  expect(create(release, fields, broker)).toEqual({ code, remark });
  expect(broker.topics.get('fresh')).toBeUndefined();
});

test.each(['queue.type=SimpleCQ', 'cleanup.policy=COMPACTION'])(
  '5.5.0 does not change the %s of a topic',
  (attribute) => {
    const broker = brokerOf('5.5.0');
    create('5.5.0', { attributes: `+${attribute}` }, broker);
    const [key] = attribute.split('=');
    const remark = `attempt to update an unchangeable attribute. key: ${key}`;
    expect(create('5.5.0', { attributes: `+${attribute}` }, broker)).toEqual({ code: 1, remark });
    expect(broker.topics.get('fresh')?.isCompacted === true).toBe(key === 'cleanup.policy');
  },
);

test('4.9.7 does not look at attributes', () => {
  expect(create('4.9.7', { attributes: '+what.ever=x' })).toMatchObject({ code: 0 });
});

test('5.5.0 keeps the attributes it goes by, until others are named', () => {
  const broker = brokerOf('5.5.0');
  create('5.5.0', { attributes: '+message.type=DELAY,+queue.type=BatchCQ' }, broker);
  create('5.5.0', {}, broker);
  expect(broker.topics.get('fresh')).toMatchObject({ type: 'DELAY', queueType: 'BatchCQ' });
  create('5.5.0', { attributes: '+message.type=FIFO' }, broker);
  expect(broker.topics.get('fresh')).toMatchObject({ type: 'FIFO', queueType: 'BatchCQ' });
  const old = brokerOf('4.9.7');
  create('4.9.7', { attributes: '+queue.type=BatchCQ' }, old);
  expect(old.topics.get('fresh')?.queueType).toBeUndefined();
});
