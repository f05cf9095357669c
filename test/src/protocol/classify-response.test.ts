import { answerError, classifySendResponse } from '../../../src/protocol/classify-response.js';
import { ResponseCode } from '../../../src/protocol/response-codes.js';
import { goldenFrame, goldenFrames, goldenScenarios } from '../../golden/golden-frames.js';
import { read } from './frames.js';

const classify = (code: number, remark?: string): ReturnType<typeof classifySendResponse> =>
  classifySendResponse({ code, remark });

const refused = (code: string) => ({ ok: false, code, stored: 'no', retry: 'never', isBusy: false }) as const;
const elsewhere = (code: string) => ({ ok: false, code, stored: 'no', retry: 'elsewhere', isBusy: false }) as const;
const busy = { ok: false, code: 'RMQ_BROKER_BUSY', stored: 'no', retry: 'elsewhere', isBusy: true } as const;
const brokerError = {
  ok: false,
  code: 'RMQ_BROKER_ERROR',
  stored: 'maybe',
  retry: 'elsewhere',
  isBusy: false,
} as const;

test('four codes mean stored', () => {
  expect([0, 10, 11, 12].map((code) => classify(code))).toEqual([
    { ok: true, status: 'SEND_OK' },
    { ok: true, status: 'FLUSH_DISK_TIMEOUT' },
    { ok: true, status: 'SLAVE_NOT_AVAILABLE' },
    { ok: true, status: 'FLUSH_SLAVE_TIMEOUT' },
  ]);
});

test('a remark does not turn a success into a failure', () => {
  expect(classify(0, 'not set any response code')).toEqual({ ok: true, status: 'SEND_OK' });
});

describe('recorded refusals', () => {
  test.each([
    ['5.5.0/auth-missing', 310, refused('RMQ_ACCESS_DENIED')],
    ['5.5.0/auth-wrong-secret', 310, refused('RMQ_ACCESS_DENIED')],
    ['4.9.7/auth-missing', 310, refused('RMQ_ACCESS_DENIED')],
    ['4.9.7/auth-unknown-user', 310, refused('RMQ_ACCESS_DENIED')],
    ['5.5.0/err-illegal-topic', 310, refused('RMQ_MESSAGE_REFUSED')],
    ['4.9.7/err-illegal-topic', 310, refused('RMQ_MESSAGE_REFUSED')],
    ['5.5.0-on-4.9.7/err-illegal-topic', 310, refused('RMQ_MESSAGE_REFUSED')],
    ['5.5.0/err-properties-too-large', 310, refused('RMQ_MESSAGE_REFUSED')],
    ['4.9.7/err-properties-too-large', 310, refused('RMQ_MESSAGE_REFUSED')],
    ['5.5.0/err-batch-too-large', 320, refused('RMQ_MESSAGE_REFUSED')],
    ['5.5.0/err-no-permission', 310, refused('RMQ_MESSAGE_REFUSED')],
    ['4.9.7/err-no-permission', 310, refused('RMQ_MESSAGE_REFUSED')],
    ['4.9.7/err-bad-queue', 310, elsewhere('RMQ_QUEUE_REFUSED')],
    ['5.5.0/err-topic-not-exist', 310, elsewhere('RMQ_TOPIC_MISSING')],
    ['5.5.0/err-unknown-code', 9999, refused('RMQ_REQUEST_UNSUPPORTED')],
    ['5.5.0/err-missing-field', 310, brokerError],
    ['5.5.0/err-tx-mismatch', 37, brokerError],
  ])('%s', (scenario, request, verdict) => {
    const { bytes } = goldenFrame(scenario, ({ answers }) => answers === request);
    expect(classifySendResponse(read(bytes))).toEqual(verdict);
  });

  test('GO_AWAY is not stored, and another connection may take it', () => {
    const { bytes } = goldenFrame('5.5.0/go-away', ({ code }) => code === ResponseCode.GO_AWAY);
    expect(classifySendResponse(read(bytes))).toEqual(elsewhere('RMQ_BROKER_UNAVAILABLE'));
  });

  test('every recorded answer to a send is known', () => {
    const answers = goldenScenarios()
      .flatMap(goldenFrames)
      .filter(({ answers: to }) => to === 310 || to === 320);
    expect(answers.length).toBeGreaterThan(50);
    const verdicts = answers.map(({ bytes }) => classifySendResponse(read(bytes)));
    expect(verdicts.filter((verdict) => !verdict.ok && verdict.code === 'RMQ_RESPONSE_UNKNOWN')).toEqual([]);
  });
});

describe('codes that mean several things', () => {
  test.each([
    ['the broker[127.0.0.1] sending message is forbidden', elsewhere('RMQ_BROKER_UNAVAILABLE')],
    ['the broker[127.0.0.1] sending transaction message is forbidden', elsewhere('RMQ_BROKER_UNAVAILABLE')],
    ['Sending message to topic[SCHEDULE_TOPIC_XXXX] is forbidden.', refused('RMQ_MESSAGE_REFUSED')],
    ['User:nobody is not found.', refused('RMQ_ACCESS_DENIED')],
    [undefined, refused('RMQ_ACCESS_DENIED')],
  ])('NO_PERMISSION: %s', (remark, verdict) => {
    expect(classify(ResponseCode.NO_PERMISSION, remark)).toEqual(verdict);
  });

  test.each([
    ['request queueId[99] is illegal, TopicConfig […]', elsewhere('RMQ_QUEUE_REFUSED')],
    ['The specified topic is blank.', refused('RMQ_MESSAGE_REFUSED')],
  ])('INVALID_PARAMETER: %s', (remark, verdict) => {
    expect(classify(ResponseCode.INVALID_PARAMETER, remark)).toEqual(verdict);
  });

  test.each([
    ['[PC_SYNCHRONIZED]broker busy, start flow control for a while', busy],
    ['[PCBUSY_CLEAN_QUEUE]broker busy, start flow control for a while, period in queue: 5ms', busy],
    ['timer message is under flow control, max num limit is 20 or …', busy],
    ['create mapped file failed, server is busy or broken.', elsewhere('RMQ_BROKER_UNAVAILABLE')],
    ['broker unable to service, until 2026-11-20 00:00:00', elsewhere('RMQ_BROKER_UNAVAILABLE')],
    ['in-sync replicas not enough', elsewhere('RMQ_BROKER_UNAVAILABLE')],
    ['accurate timer message is not enabled, timerWheelEnable is false', refused('RMQ_MESSAGE_REFUSED')],
    ['[LMQ_CONSUME_QUEUE_NUM_EXCEEDED]broker config …', refused('RMQ_MESSAGE_REFUSED')],
    ['UNKNOWN_ERROR', brokerError],
    ['store putMessage return null', brokerError],
    ['something [PC_SYNCHRONIZED]', brokerError],
    ['', brokerError],
    [undefined, brokerError],
  ])('SYSTEM_ERROR: %s', (remark, verdict) => {
    expect(classify(ResponseCode.SYSTEM_ERROR, remark)).toEqual(verdict);
  });

  test('a remark that is known for one code says nothing about another', () => {
    expect(classify(ResponseCode.SERVICE_NOT_AVAILABLE, 'The specified topic is blank.')).toEqual(
      elsewhere('RMQ_BROKER_UNAVAILABLE'),
    );
  });
});

test.each([
  [ResponseCode.SYSTEM_BUSY, busy],
  [ResponseCode.FLOW_CONTROL, busy],
  [ResponseCode.MESSAGE_ILLEGAL, refused('RMQ_MESSAGE_REFUSED')],
  [ResponseCode.SERVICE_NOT_AVAILABLE, elsewhere('RMQ_BROKER_UNAVAILABLE')],
  [ResponseCode.VERSION_NOT_SUPPORTED, refused('RMQ_REQUEST_UNSUPPORTED')],
  [ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, refused('RMQ_MESSAGE_REFUSED')],
  [ResponseCode.NOT_LEADER_FOR_QUEUE, elsewhere('RMQ_QUEUE_REFUSED')],
  [ResponseCode.RPC_TIME_OUT, brokerError],
])('%i', (code, verdict) => {
  expect(classify(code)).toEqual(verdict);
});

test('an unknown code may mean stored, and is not sent again blindly', () => {
  for (const code of [4711, -1, 200]) {
    expect(classify(code)).toEqual({
      ok: false,
      code: 'RMQ_RESPONSE_UNKNOWN',
      stored: 'maybe',
      retry: 'never',
      isBusy: false,
    });
  }
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
