import { errorTable } from '../../../src/errors/error-table.js';
import {
  answerError,
  classifyRefusal,
  sendStatusCodes,
  sendStatuses,
} from '../../../src/protocol/classify-response.js';
import { ResponseCode } from '../../../src/protocol/response-codes.js';
import { goldenFrame, goldenFrames, goldenScenarios } from '../../golden/golden-frames.js';
import { read } from './frames.js';

const classify = (code: number, remark?: string): string => classifyRefusal({ code, remark });

test('four codes mean stored', () => {
  expect([...sendStatuses]).toEqual([
    [0, 'SEND_OK'],
    [10, 'FLUSH_DISK_TIMEOUT'],
    [12, 'FLUSH_SLAVE_TIMEOUT'],
    [11, 'SLAVE_NOT_AVAILABLE'],
  ]);
  expect(Object.entries(sendStatusCodes).map(([status, code]) => [code, status])).toEqual([...sendStatuses]);
});

test('only what a server checks before it stores is certainly not stored', () => {
  const meanings = {
    RMQ_BROKER_BUSY: ['no', true],
    RMQ_BROKER_UNAVAILABLE: ['no', true],
    RMQ_TOPIC_MISSING: ['no', true],
    RMQ_QUEUE_REFUSED: ['no', true],
    RMQ_MESSAGE_REFUSED: ['no', false],
    RMQ_ACCESS_DENIED: ['no', false],
    RMQ_REQUEST_UNSUPPORTED: ['no', false],
    RMQ_BROKER_ERROR: ['maybe', true],
    RMQ_RESPONSE_UNKNOWN: ['maybe', false],
  } as const;
  for (const code of Object.keys(meanings) as (keyof typeof meanings)[]) {
    const { stored, retryable } = errorTable[code];
    expect([code, stored, retryable]).toEqual([code, ...meanings[code]]);
  }
});

describe('recorded refusals', () => {
  test.each([
    ['5.5.0/auth-missing', 310, 'RMQ_ACCESS_DENIED'],
    ['5.5.0/auth-wrong-secret', 310, 'RMQ_ACCESS_DENIED'],
    ['4.9.7/auth-missing', 310, 'RMQ_ACCESS_DENIED'],
    ['4.9.7/auth-unknown-user', 310, 'RMQ_ACCESS_DENIED'],
    ['5.5.0/err-illegal-topic', 310, 'RMQ_MESSAGE_REFUSED'],
    ['4.9.7/err-illegal-topic', 310, 'RMQ_MESSAGE_REFUSED'],
    ['5.5.0-on-4.9.7/err-illegal-topic', 310, 'RMQ_MESSAGE_REFUSED'],
    ['5.5.0/err-properties-too-large', 310, 'RMQ_MESSAGE_REFUSED'],
    ['4.9.7/err-properties-too-large', 310, 'RMQ_MESSAGE_REFUSED'],
    ['5.5.0/err-batch-too-large', 320, 'RMQ_MESSAGE_REFUSED'],
    ['5.5.0/err-no-permission', 310, 'RMQ_MESSAGE_REFUSED'],
    ['4.9.7/err-no-permission', 310, 'RMQ_MESSAGE_REFUSED'],
    ['4.9.7/err-bad-queue', 310, 'RMQ_QUEUE_REFUSED'],
    ['5.5.0/err-topic-not-exist', 310, 'RMQ_TOPIC_MISSING'],
    ['5.5.0/err-unknown-code', 9999, 'RMQ_REQUEST_UNSUPPORTED'],
    ['5.5.0/err-missing-field', 310, 'RMQ_BROKER_ERROR'],
    ['5.5.0/err-tx-mismatch', 37, 'RMQ_BROKER_ERROR'],
  ])('%s', (scenario, request, meaning) => {
    const { bytes } = goldenFrame(scenario, ({ answers }) => answers === request);
    expect(classifyRefusal(read(bytes))).toBe(meaning);
  });

  // As a 5.5.0 proxy said them on its remoting port.
  test.each([
    'username cannot be null.',
    'User:nobody is not found.',
    'User:left is disabled.',
    'check signature failed.',
    'User:limited has no permission to access Topic:Other from 127.0.0.1, no matched policies.',
  ])('a proxy has no code for access: %s', (remark) => {
    expect(classifyRefusal({ code: ResponseCode.SYSTEM_ERROR, remark })).toBe('RMQ_ACCESS_DENIED');
    expect(classifyRefusal({ code: ResponseCode.SYSTEM_ERROR, remark: `x ${remark}` })).toBe('RMQ_BROKER_ERROR');
  });

  test('GO_AWAY is not stored, and another connection may take it', () => {
    const { bytes } = goldenFrame('5.5.0/go-away', ({ code }) => code === ResponseCode.GO_AWAY);
    expect(classifyRefusal(read(bytes))).toBe('RMQ_BROKER_UNAVAILABLE');
  });

  test('every recorded answer to a send is known', () => {
    const answers = goldenScenarios()
      .flatMap(goldenFrames)
      .filter(({ answers: to }) => to === 310 || to === 320);
    expect(answers.length).toBeGreaterThan(50);
    const refusals = answers.filter(({ code }) => !sendStatuses.has(code));
    expect(refusals.length).toBeGreaterThan(15);
    expect(refusals.map(({ bytes }) => classifyRefusal(read(bytes)))).not.toContain('RMQ_RESPONSE_UNKNOWN');
  });
});

describe('codes that mean several things', () => {
  test.each([
    ['the broker[127.0.0.1] sending message is forbidden', 'RMQ_BROKER_UNAVAILABLE'],
    ['the broker[127.0.0.1] sending transaction message is forbidden', 'RMQ_BROKER_UNAVAILABLE'],
    ['Sending message to topic[SCHEDULE_TOPIC_XXXX] is forbidden.', 'RMQ_MESSAGE_REFUSED'],
    ['User:nobody is not found.', 'RMQ_ACCESS_DENIED'],
    [undefined, 'RMQ_ACCESS_DENIED'],
  ])('NO_PERMISSION: %s', (remark, meaning) => {
    expect(classify(ResponseCode.NO_PERMISSION, remark)).toBe(meaning);
  });

  test.each([
    ['request queueId[99] is illegal, TopicConfig […]', 'RMQ_QUEUE_REFUSED'],
    ['The specified topic is blank.', 'RMQ_MESSAGE_REFUSED'],
  ])('INVALID_PARAMETER: %s', (remark, meaning) => {
    expect(classify(ResponseCode.INVALID_PARAMETER, remark)).toBe(meaning);
  });

  test.each([
    ['[PC_SYNCHRONIZED]broker busy, start flow control for a while', 'RMQ_BROKER_BUSY'],
    ['[PCBUSY_CLEAN_QUEUE]broker busy, start flow control for a while, period in queue: 5ms', 'RMQ_BROKER_BUSY'],
    ['timer message is under flow control, max num limit is 20 or …', 'RMQ_BROKER_BUSY'],
    ['create mapped file failed, server is busy or broken.', 'RMQ_BROKER_UNAVAILABLE'],
    ['broker unable to service, until 2026-11-20 00:00:00', 'RMQ_BROKER_UNAVAILABLE'],
    ['in-sync replicas not enough', 'RMQ_BROKER_UNAVAILABLE'],
    ['accurate timer message is not enabled, timerWheelEnable is false', 'RMQ_MESSAGE_REFUSED'],
    ['[LMQ_CONSUME_QUEUE_NUM_EXCEEDED]broker config …', 'RMQ_MESSAGE_REFUSED'],
    ['UNKNOWN_ERROR', 'RMQ_BROKER_ERROR'],
    ['store putMessage return null', 'RMQ_BROKER_ERROR'],
    ['something [PC_SYNCHRONIZED]', 'RMQ_BROKER_ERROR'],
    ['', 'RMQ_BROKER_ERROR'],
    [undefined, 'RMQ_BROKER_ERROR'],
  ])('SYSTEM_ERROR: %s', (remark, meaning) => {
    expect(classify(ResponseCode.SYSTEM_ERROR, remark)).toBe(meaning);
  });

  test('a remark that is known for one code says nothing about another', () => {
    expect(classify(ResponseCode.SERVICE_NOT_AVAILABLE, 'The specified topic is blank.')).toBe(
      'RMQ_BROKER_UNAVAILABLE',
    );
  });
});

test.each([
  [ResponseCode.SYSTEM_BUSY, 'RMQ_BROKER_BUSY'],
  [ResponseCode.FLOW_CONTROL, 'RMQ_BROKER_BUSY'],
  [ResponseCode.MESSAGE_ILLEGAL, 'RMQ_MESSAGE_REFUSED'],
  [ResponseCode.SERVICE_NOT_AVAILABLE, 'RMQ_BROKER_UNAVAILABLE'],
  [ResponseCode.VERSION_NOT_SUPPORTED, 'RMQ_REQUEST_UNSUPPORTED'],
  [ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, 'RMQ_MESSAGE_REFUSED'],
  [ResponseCode.NOT_LEADER_FOR_QUEUE, 'RMQ_QUEUE_REFUSED'],
  [ResponseCode.RPC_TIME_OUT, 'RMQ_BROKER_ERROR'],
])('%i', (code, meaning) => {
  expect(classify(code)).toBe(meaning);
});

test('an unknown code may mean stored, and is not sent again blindly', () => {
  for (const code of [4711, -1, 200]) expect(classify(code)).toBe('RMQ_RESPONSE_UNKNOWN');
});

test('the error of a refusal says who refused what, and shows no control characters of the peer', () => {
  const error = answerError('SEND_MESSAGE_V2', { code: 13, remark: 'bad\u001b[31m\n' });
  expect(error).toMatchObject({
    name: 'RejectedError',
    code: 'RMQ_MESSAGE_REFUSED',
    stored: 'no',
    message: String.raw`SEND_MESSAGE_V2 was answered MESSAGE_ILLEGAL (13): bad\u001b[31m\u000a`,
    detail: { request: 'SEND_MESSAGE_V2', responseCode: 13, remark: String.raw`bad\u001b[31m\u000a` },
  });
  expect(answerError('HEART_BEAT', { code: 77, remark: undefined })).toMatchObject({
    code: 'RMQ_RESPONSE_UNKNOWN',
    message: 'HEART_BEAT was answered 77 (77): no remark',
  });
});

test('a success code that a request cannot be answered with is no refusal that is known', () => {
  expect(answerError('HEART_BEAT', { code: 10, remark: undefined }).code).toBe('RMQ_RESPONSE_UNKNOWN');
});

test('a message without keys that a compaction topic refuses breaks a rule that errors name', () => {
  const error = answerError('SEND_MESSAGE_V2', { code: 13, remark: 'Required message key is missing' });
  expect(error).toMatchObject({ code: 'RMQ_MESSAGE_INVALID', stored: 'no', retryable: false });
  expect(error.detail).toMatchObject({ rule: 'key-required', responseCode: 13 });
});
