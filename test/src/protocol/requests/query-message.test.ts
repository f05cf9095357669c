import { FrameBuffer } from '../../../../src/protocol/frame-buffer.js';
import { queryMessage } from '../../../../src/protocol/requests/query-message.js';
import { decodeStoredMessages } from '../../../../src/protocol/stored-message.js';
import { goldenFrame, goldenFrames } from '../../../golden/golden-frames.js';
import { command, read, readCommand } from '../frames.js';
import { testSameShape } from './same-shape.js';

testSameShape(queryMessage, {
  request: { topic: 't', key: 'k', maxMessages: 32, from: 0n, to: 2n ** 63n - 1n, isUniqueKey: true, indexType: 'U' },
  response: { indexUpdatedAt: 5n, indexUpdatedTo: 6n, messages: Buffer.from('messages') },
  requiredOfRequest: ['topic', 'key', 'maxNum', 'beginTimestamp', 'endTimestamp'],
  requiredOfResponse: ['indexLastUpdateTimestamp', 'indexLastUpdatePhyoffset'],
  wrong: { maxNum: 'x', beginTimestamp: 'x', endTimestamp: '', indexLastUpdatePhyoffset: 'x' },
});

test('the frames of the Java client and of brokers are understood: by key, by unique key, and nothing found', () => {
  const frames = goldenFrames('5.5.0/queries');
  const requests = frames.filter(({ code }) => code === 12).map(({ bytes }) => queryMessage.decodeRequest(read(bytes)));
  expect(requests.map(({ isUniqueKey, indexType, maxMessages }) => [isUniqueKey, indexType, maxMessages])).toEqual([
    [false, 'K', 8],
    [false, 'K', 8],
    [true, 'U', 32],
    [true, 'U', 32],
  ]);
  const answer = queryMessage.decodeResponse(read(goldenFrame('5.5.0/queries', ({ answers }) => answers === 12).bytes));
  expect(answer).toMatchObject({ indexUpdatedTo: 3525n, indexUpdatedAt: 1_795_187_593_610n });
  const [found] = decodeStoredMessages(Buffer.from(answer.messages));
  expect(found?.body.toString()).toBe('to be queried');
});

test('nothing found is an answer without messages', () => {
  const response = { indexUpdatedAt: 0n, indexUpdatedTo: 0n, messages: Buffer.alloc(0) };
  const answer = queryMessage.response(response);
  expect(answer.code).toBe(22);
  expect(queryMessage.decodeResponse(readCommand(command(answer)))).toEqual(response);
});

test('is asked as a client of 4.9.3, whose signatures all servers read alike', () => {
  const request = { topic: 't', key: 'k', maxMessages: 1, from: 0n, to: 1n, isUniqueKey: true };
  const out = new FrameBuffer();
  queryMessage.request(request).writeTo(out, 1, 'json');
  expect(read(out.bytes.subarray(0, out.offset)).version).toBe(399);
});
