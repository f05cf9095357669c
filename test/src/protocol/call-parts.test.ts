import { emptyAnswer, headerAnswer, headerRequest } from '../../../src/protocol/call-parts.js';
import { defineFields, int32, string } from '../../../src/protocol/fields.js';
import { remoteCall } from '../../../src/protocol/remote-call.js';
import { testSameShape } from './requests/same-shape.js';

const topicFields = defineFields({ topic: string('topic') });
const countFields = defineFields({ count: int32('n') });

describe('a request and an answer that are all header', () => {
  const count = remoteCall({ code: 998, name: 'COUNT', ...headerRequest(topicFields), ...headerAnswer(countFields) });
  testSameShape(count, {
    request: { topic: 't' },
    response: { count: 4 },
    requiredOfRequest: ['topic'],
    requiredOfResponse: ['n'],
    wrong: { n: 'x' },
  });

  test('have no body', () => {
    expect(count.payload({ topic: 't' })).toEqual({ fields: new Map([['topic', 't']]) });
    expect(count.response({ count: 4 })).toEqual({ code: 0, fields: new Map([['n', '4']]) });
  });
});

describe('an answer that says nothing', () => {
  const forget = remoteCall({ code: 999, name: 'FORGET', ...headerRequest(topicFields), ...emptyAnswer });
  testSameShape(forget, {
    request: { topic: 't' },
    response: {},
    requiredOfRequest: ['topic'],
    requiredOfResponse: [],
  });

  test('is code 0 and nothing else', () => {
    expect(forget.response({})).toEqual({ code: 0, fields: new Map() });
  });
});
