import { PullSysFlag, pullMessage } from '../../../../src/protocol/requests/pull-message.js';
import { command, readCommand } from '../frames.js';
import { testSameShape } from './same-shape.js';

testSameShape(pullMessage, {
  request: {
    consumerGroup: 'g',
    topic: 't',
    queueId: 1,
    queueOffset: 9_007_199_254_740_993n,
    maxMessages: 32,
    sysFlag: PullSysFlag.SUSPEND | PullSysFlag.SUBSCRIPTION,
    commitOffset: 0n,
    suspendTimeoutMs: 15_000n,
    subscription: '*',
    subVersion: 1n,
    expressionType: 'TAG',
    brokerName: 'b',
  },
  response: {
    status: 'FOUND',
    suggestedBrokerId: 0n,
    nextBeginOffset: 3n,
    minOffset: 0n,
    maxOffset: 3n,
    messages: Buffer.from('messages'),
  },
  requiredOfRequest: [
    'consumerGroup',
    'topic',
    'queueId',
    'queueOffset',
    'maxMsgNums',
    'sysFlag',
    'commitOffset',
    'suspendTimeoutMillis',
    'subVersion',
  ],
  requiredOfResponse: ['nextBeginOffset', 'minOffset', 'maxOffset'],
  wrong: { maxMsgNums: 'x', nextBeginOffset: '1.5' },
});

test('an answer without messages says why there are none', () => {
  const fields = new Map(Object.entries({ nextBeginOffset: '7', minOffset: '0', maxOffset: '7' }));
  const statuses = [0, 19, 20, 21].map((code) => pullMessage.decodeResponse(readCommand(command({ code, fields }))));
  expect(statuses.map(({ status }) => status)).toEqual([
    'FOUND',
    'NO_NEW_MESSAGE',
    'NO_MATCHED_MESSAGE',
    'OFFSET_ILLEGAL',
  ]);
  for (const response of statuses) {
    expect(response.messages).toHaveLength(0);
    expect(pullMessage.response(response).fields).toEqual(fields);
  }
  expect(statuses.map((response) => pullMessage.response(response).code)).toEqual([0, 19, 20, 21]);
});
