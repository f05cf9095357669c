import { endTransaction } from '../../../../src/protocol/requests/end-transaction.js';
import { goldenFrames } from '../../../golden/golden-frames.js';
import { bytesOfRequest, command, expectViolation, read, readCommand } from '../frames.js';
import { testSameShape } from './same-shape.js';

const request = {
  producerGroup: 'g',
  brokerName: 'b',
  commitLogOffset: 9_007_199_254_740_993n,
  topic: 't',
  msgId: 'KEY',
  tranStateTableOffset: 7n,
  resolution: 'commit',
  transactionId: 'KEY',
  fromTransactionCheck: false,
  reason: 'because',
} as const;

testSameShape(endTransaction, {
  request,
  response: {},
  requiredOfRequest: ['producerGroup', 'commitLogOffset', 'msgId', 'tranStateTableOffset', 'commitOrRollback'],
  requiredOfResponse: [],
  wrong: { commitLogOffset: 'x', commitOrRollback: '5', fromTransactionCheck: 'maybe' },
});

test.each([
  ['5.5.0/tx-commit', 'commit', false],
  ['5.5.0/tx-unknow', 'unknown', false],
  ['5.5.0/tx-check', 'commit', true],
  ['5.5.0/err-tx-mismatch', 'commit', undefined],
])('%s: says the same as Java, field by field', (scenario, resolution, fromTransactionCheck) => {
  const frames = goldenFrames(scenario).filter(({ code, dir }) => code === endTransaction.code && dir === 'c2s');
  expect(frames.length).toBeGreaterThan(0);
  const golden = read(frames.at(-1)?.bytes ?? Buffer.alloc(0)).toCommand();
  const decoded = endTransaction.decodeRequest(readCommand(golden));
  if (frames.length === 1) expect(decoded.resolution).toBe(resolution);
  expect(decoded.fromTransactionCheck).toBe(fromTransactionCheck);
  const ours = read(bytesOfRequest(endTransaction.oneway(decoded), 'json')).toCommand();
  expect(ours.fields).toEqual(golden.fields);
  expect(ours).toMatchObject({ code: golden.code, flag: 2, remark: undefined });
});

test('a broker that tells no transaction id gets none back', () => {
  const { transactionId: _id, topic: _topic, ...without } = request;
  const fields = read(bytesOfRequest(endTransaction.oneway(without), 'json')).fields();
  expect(fields.has('transactionId')).toBe(false);
  expect(fields.has('topic')).toBe(false);
});

test.each(['commit', 'rollback', 'unknown'] as const)('%s comes back as it was', (resolution) => {
  const frame = read(bytesOfRequest(endTransaction.oneway({ ...request, resolution }), 'binary'));
  expect(endTransaction.decodeRequest(frame)).toEqual({ ...request, resolution });
});

test('an end that nobody knows is a violation', () => {
  const sent = read(bytesOfRequest(endTransaction.request(request), 'json')).toCommand();
  const fields = new Map([...sent.fields, ['commitOrRollback', '4']]);
  expectViolation(() => endTransaction.decodeRequest(readCommand(command({ ...sent, fields }))));
});
