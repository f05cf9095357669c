import type { BrokerState } from '../../../src/testing/broker-state.js';
import { checkSend, illegalMessage, invalidParameter, sendAnswerFields } from '../../../src/testing/check-send.js';
import type { ReleaseName } from '../../../src/testing/server-release.js';
import { DEFAULT_TOPIC, PERM, TopicTable } from '../../../src/testing/topic-table.js';
import { brokerOf as handlerBroker } from './handler-kit.js';

let registrations = 0;
beforeEach(() => {
  registrations = 0;
});

function brokerOf(release: ReleaseName): BrokerState {
  const topics = new TopicTable();
  topics.set({ topic: DEFAULT_TOPIC, readQueues: 8, writeQueues: 8, perm: PERM.readWriteInherit });
  topics.set({ topic: 'orders', readQueues: 2, writeQueues: 4, perm: PERM.readWrite });
  return { ...handlerBroker(release), topics, maxMessageBytes: 1000, register: () => registrations++ };
}

const check = (release: ReleaseName, changes: object, broker = brokerOf(release)): object =>
  checkSend(
    {
      producerGroup: 'group',
      topic: 'orders',
      defaultTopic: DEFAULT_TOPIC,
      defaultTopicQueueNums: 4,
      queueId: 0,
      sysFlag: 0,
      bornAt: 0,
      flag: 0,
      ...changes,
    },
    broker,
    '127.0.0.1:5',
  );

test.each([-1, 0, 3])('queue %d of 4 is good', (queueId) => {
  expect(check('5.5.0', { queueId })).toMatchObject({ topic: 'orders', writeQueues: 4 });
  expect(registrations).toBe(0);
});

test.each([
  [
    '5.5.0',
    29,
    /^request queueId\[4] is illegal, TopicConfig \[topicName=orders, readQueueNums=2, writeQueueNums=4, perm=RW-, .*attributes={}] Producer: 127.0.0.1:5$/,
  ],
  ['4.9.7', 1, /^request queueId\[4] is illegal, TopicConfig .*order=false] Producer: 127.0.0.1:5$/],
] as const)('a queue beyond the last is refused as %s does', (release, code, remark) => {
  expect(check(release, { queueId: 4 })).toEqual({
    code,
    remark: expect.stringMatching(remark),
    fields: sendAnswerFields,
  });
});

test.each([
  ['', 'The specified topic is blank.', 'The specified topic is blank.'],
  ['  ', 'The specified topic is blank.', 'The specified topic is blank.'],
  [
    'bad topic!',
    'The specified topic: bad topic!, contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$',
    'The specified topic contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$',
  ],
  [
    't'.repeat(128),
    `The specified topic: ${'t'.repeat(128)}, is longer than topic max length: 127`,
    'The specified topic is longer than topic max length.',
  ],
])('an impossible topic is refused in the words of the release: %j', (topic, five, four) => {
  expect(check('5.5.0', { topic })).toMatchObject({ code: 29, remark: five });
  expect(check('4.9.7', { topic })).toMatchObject({ code: 1, remark: four });
});

test('system topics are forbidden', () => {
  expect(check('5.5.0', { topic: 'SCHEDULE_TOPIC_XXXX' })).toMatchObject({
    code: 16,
    remark: 'Sending message to topic[SCHEDULE_TOPIC_XXXX] is forbidden.',
  });
});

test('a missing topic is created and registered, or refused', () => {
  expect(check('5.5.0', { topic: 'new' })).toMatchObject({ topic: 'new', writeQueues: 4, perm: 6 });
  expect(registrations).toBe(1);
  expect(check('5.5.0', { topic: 'new', defaultTopic: 'none' })).toMatchObject({
    code: 17,
    remark: expect.stringMatching(/^topic\[new] not exist, apply first please!\nSee https:/),
  });
});

test('a topic of 127 characters is good', () => {
  expect(check('5.5.0', { topic: 't'.repeat(127) })).toMatchObject({ writeQueues: 4 });
});

test('a message over a limit is refused with the limit of this broker', () => {
  expect(illegalMessage(brokerOf('5.5.0')).remark).toContain('msg body length limit 1000B');
  expect([invalidParameter(brokerOf('5.5.0')), invalidParameter(brokerOf('4.9.7'))]).toEqual([29, 1]);
});
