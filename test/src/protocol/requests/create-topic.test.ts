import { createTopic, formatAttributes, parseAttributes } from '../../../../src/protocol/requests/create-topic.js';
import { goldenFrame } from '../../../golden/golden-frames.js';
import { read } from '../frames.js';
import { testSameShape } from './same-shape.js';

testSameShape(createTopic, {
  request: {
    topic: 't',
    defaultTopic: 'TBW102',
    readQueues: 3,
    writeQueues: 4,
    perm: 6,
    filterType: 'SINGLE_TAG',
    sysFlag: 1,
    order: true,
    attributes: '+message.type=DELAY',
    force: false,
  },
  response: {},
  requiredOfRequest: ['topic', 'defaultTopic', 'readQueueNums', 'writeQueueNums', 'perm', 'topicFilterType', 'order'],
  requiredOfResponse: [],
  wrong: { readQueueNums: 'x', writeQueueNums: '', perm: '1.5', order: '1', topicSysFlag: 'x', force: 'no' },
});

test('the frames of the Java client and of a broker are understood', () => {
  const request = read(goldenFrame('5.5.0/create-topic', ({ code }) => code === 17).bytes);
  const answer = read(goldenFrame('5.5.0/create-topic', ({ answers }) => answers === 17).bytes);
  expect(createTopic.decodeRequest(request)).toEqual({
    topic: 'GoldenCreated',
    defaultTopic: 'TBW102',
    readQueues: 3,
    writeQueues: 3,
    perm: 6,
    filterType: 'SINGLE_TAG',
    sysFlag: 0,
    order: false,
    attributes: '',
    force: false,
  });
  expect(createTopic.decodeResponse(answer)).toEqual({});
});

test('attributes are written with a plus, as to be added', () => {
  const attributes = { 'message.type': 'DELAY', 'queue.type': 'BatchCQ' };
  expect(formatAttributes(attributes)).toBe('+message.type=DELAY,+queue.type=BatchCQ');
  expect(parseAttributes(formatAttributes(attributes))).toEqual(attributes);
  expect(formatAttributes({})).toBe('');
  expect(parseAttributes('-message.type,+broken')).toEqual({});
});
