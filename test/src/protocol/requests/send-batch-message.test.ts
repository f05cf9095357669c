import { decodeBatchBody } from '../../../../src/protocol/batch-body.js';
import { sendBatchMessage } from '../../../../src/protocol/requests/send-batch-message.js';
import { goldenFrame } from '../../../golden/golden-frames.js';
import { bytesOfRequest, read } from '../frames.js';
import { testSameShape } from './same-shape.js';
import { plainSend, requiredOfSend } from './send-sample.js';

testSameShape(sendBatchMessage, {
  request: {
    ...plainSend,
    properties: 'WAIT\u0001true\u0002',
    reconsumeTimes: 0,
    unitMode: false,
    isBatch: true,
    brokerName: 'b',
    body: Buffer.from('members'),
  },
  response: { status: 'SEND_OK', offsetMsgId: 'A,B', queueId: 3, queueOffset: 5n, batchUniqId: 'u' },
  ...requiredOfSend,
  wrong: { queueId: '-1', queueOffset: 'x' },
});

test('a broker tells a batch by its field, so that is always there', () => {
  const { bytes } = goldenFrame('5.5.0/send-batch', ({ code }) => code === 320);
  const { isBatch, ...request } = sendBatchMessage.decodeRequest(read(bytes));
  expect(isBatch).toBe(true);
  expect(read(bytesOfRequest(sendBatchMessage.request(request), 'binary')).field('m')).toBe('true');
});

test.each(['5.5.0/send-batch', '4.9.7/send-batch', '5.5.0-on-4.9.7/send-batch'])(
  'request and answer of %s are read: one id for each member',
  (scenario) => {
    const request = read(goldenFrame(scenario, ({ code }) => code === 320).bytes);
    const answer = read(goldenFrame(scenario, ({ answers }) => answers === 320).bytes);
    expect(decodeBatchBody(Buffer.from(sendBatchMessage.decodeRequest(request).body))).toHaveLength(5);
    expect(sendBatchMessage.decodeResponse(answer).offsetMsgId.split(',')).toHaveLength(5);
  },
);

test('an inner batch has one id of its own', () => {
  const { bytes } = goldenFrame('5.5.0/send-inner-batch', ({ answers }) => answers === 320);
  expect(sendBatchMessage.decodeResponse(read(bytes))).toMatchObject({
    batchUniqId: 'FD00000000000000000000000000000232034E0E2F2A651D59930003',
    offsetMsgId: '7F000001000075180000000000001109',
  });
});
