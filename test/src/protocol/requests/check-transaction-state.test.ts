import { checkTransactionState } from '../../../../src/protocol/requests/check-transaction-state.js';
import { decodeProperties } from '../../../../src/protocol/properties.js';
import { decodeStoredMessages, encodeStoredMessage } from '../../../../src/protocol/stored-message.js';
import { goldenFrames } from '../../../golden/golden-frames.js';
import { bytesOfRequest, read } from '../frames.js';
import { testSameShape } from './same-shape.js';

testSameShape(checkTransactionState, {
  request: {
    brokerName: 'b',
    commitLogOffset: 9_007_199_254_740_993n,
    topic: 'RMQ_SYS_TRANS_HALF_TOPIC',
    msgId: 'KEY',
    tranStateTableOffset: 7n,
    offsetMsgId: 'ID',
    transactionId: 'KEY',
    halfMessage: Buffer.from('half'),
  },
  response: {},
  requiredOfRequest: ['commitLogOffset', 'tranStateTableOffset'],
  requiredOfResponse: [],
  wrong: { commitLogOffset: 'x', tranStateTableOffset: '1.5' },
});

const checks = goldenFrames('5.5.0/tx-check').filter(({ code }) => code === checkTransactionState.code);

test.each(checks)('$title: is read, half message included, and written with the same fields and body', ({ bytes }) => {
  const golden = read(bytes);
  const request = checkTransactionState.decodeRequest(golden);
  const [half] = decodeStoredMessages(request.halfMessage);
  expect(half).toMatchObject({ topic: 'GoldenTx', queueId: 0, commitLogOffset: request.commitLogOffset });
  expect(decodeProperties(half?.properties ?? '')).toEqual(
    new Map(
      Object.entries({
        CLUSTER: 'DefaultCluster',
        KEYS: 'txKey',
        MSG_REGION: 'DefaultRegion',
        PGROUP: 'golden_tx_producer',
        REAL_QID: '0',
        REAL_TOPIC: 'GoldenTx',
        TAGS: 'tagX',
        TRACE_ON: 'true',
        TRANSACTION_CHECK_TIMES: '1',
        TRAN_MSG: 'true',
        UNIQ_KEY: request.msgId,
        WAIT: 'false',
        __transactionId__: request.transactionId,
        u: '✓',
      }),
    ),
  );
  if (half !== undefined) expect(encodeStoredMessage(half)).toHaveLength(request.halfMessage.length);
  const ours = read(bytesOfRequest(checkTransactionState.oneway(request), 'json'));
  expect(ours.fields()).toEqual(golden.fields());
  expect(ours.body.equals(golden.body)).toBe(true);
  expect(ours.isOneway).toBe(true);
});
