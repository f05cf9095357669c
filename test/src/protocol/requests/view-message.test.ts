import { viewMessage } from '../../../../src/protocol/requests/view-message.js';
import { command, readCommand } from '../frames.js';
import { testSameShape } from './same-shape.js';

testSameShape(viewMessage, {
  request: { commitLogOffset: 9_007_199_254_740_993n, topic: 't' },
  response: { message: Buffer.from('message') },
  requiredOfRequest: ['offset'],
  requiredOfResponse: [],
  wrong: { offset: 'x' },
});

test('a place without a message is told apart from other errors of a broker', () => {
  const remark = 'can not find message by the offset, 1000437185';
  const missing = readCommand(command({ code: 1, remark }));
  expect(() => viewMessage.decodeResponse(missing)).toThrow(expect.objectContaining({ code: 'RMQ_MESSAGE_NOT_FOUND' }));
});
