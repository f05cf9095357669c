import fc from 'fast-check';
import { RocketMQError } from '../../../src/errors/rocketmq-error.js';
import type { HeaderEncoding } from '../../../src/protocol/command.js';
import { readFrame } from '../../../src/protocol/frame.js';
import { ReceivedFrame } from '../../../src/protocol/received-frame.js';
import { readSendAnswer } from '../../../src/protocol/send-answer.js';
import { goldenFrames, goldenScenarios } from '../../golden/golden-frames.js';
import { bytesOf, command, ENCODINGS, read } from './frames.js';

interface AnswerParts {
  readonly opaque?: number;
  readonly code?: number;
  readonly fields?: Readonly<Record<string, string>>;
}

const ordinary = {
  queueId: '3',
  TRACE_ON: 'true',
  MSG_REGION: 'DefaultRegion',
  msgId: '7F00000100002A9F00000000000004D2',
  transactionId: 'C0A8000100002A9F000000001A2B3C4D0000',
  queueOffset: '17',
};

const answer = (encoding: HeaderEncoding, { opaque = 1, code = 0, fields = {} }: AnswerParts = {}): Buffer =>
  bytesOf(command({ opaque, code, fields: new Map(Object.entries({ ...ordinary, ...fields })) }), encoding);

/** What is made of a frame, read into `frame`: all of it, or the error. */
function outcomeOf(frame: ReceivedFrame, bytes: Buffer): unknown {
  try {
    readFrame(bytes, 0, bytes.length, frame);
    const { status, offsetMsgId, queueId, queueOffset, regionId, transactionId } = readSendAnswer(frame);
    const sent = { status, offsetMsgId, queueId, queueOffset, regionId, transactionId };
    return { sent, ...frame.toCommand() };
  } catch (error) {
    return error instanceof RocketMQError ? { code: error.code, message: error.message } : error;
  }
}

/** A frame whose connection had an ordinary answer before. */
function taught(encoding: HeaderEncoding): ReceivedFrame {
  const frame = new ReceivedFrame();
  outcomeOf(frame, answer(encoding, { opaque: 99, fields: { queueId: '12', queueOffset: '1234' } }));
  return frame;
}

const digits = (max: number): fc.Arbitrary<string> => fc.nat(max).map(String);
const hexTail = fc.nat(2 ** 40).map((tail) => tail.toString(16).toUpperCase().padStart(12, '0'));
const ordinaryParts = fc.record({
  opaque: fc.nat(2 ** 31 - 1),
  fields: fc.record({
    queueId: digits(300),
    queueOffset: fc.oneof(digits(20), digits(999_999_999_999_999)),
    msgId: hexTail.map((tail) => ordinary.msgId.slice(0, -12) + tail),
    transactionId: hexTail.map((tail) => ordinary.transactionId.slice(0, -12) + tail),
  }),
});

describe.each(ENCODINGS)('after an ordinary answer, in %s', (encoding) => {
  test('the next one is not parsed, whatever its numbers are', () => {
    fc.assert(
      fc.property(ordinaryParts, (parts) => {
        const frame = taught(encoding);
        const bytes = answer(encoding, parts);
        expect(outcomeOf(frame, bytes)).toEqual(outcomeOf(new ReceivedFrame(), bytes));
        expect(frame.layout).toBeDefined();
      }),
    );
  });

  test.each<[string, AnswerParts]>([
    ['another status', { code: 10 }],
    ['another region', { fields: { MSG_REGION: 'EastRegion' } }],
    ['tracing switched off', { fields: { TRACE_ON: 'false' } }],
    ['an id of another broker', { fields: { msgId: '7F00000200002A9F00000000000004D2' } }],
    ['an id in small letters', { fields: { msgId: '7F00000100002A9F00000000000004d2' } }],
    ['a longer id', { fields: { msgId: `${ordinary.msgId}0` } }],
    ['ids of a batch', { fields: { msgId: `${ordinary.msgId},${ordinary.msgId}` } }],
    ['a queue that is none', { fields: { queueId: '4294967296' } }],
    ['a negative queue', { fields: { queueId: '-1' } }],
    ['a leading zero', { fields: { queueOffset: '007' } }],
    ['an offset that no number holds', { fields: { queueOffset: '9223372036854775807' } }],
    ['a recall handle', { fields: { recallHandle: 'dGVzdA' } }],
    ['an escape', { fields: { MSG_REGION: 'Default"Region' } }],
    ['a number below zero', { opaque: -7 }],
  ])('one with %s is parsed, and the same is made of it', (_, parts) => {
    const frame = taught(encoding);
    const bytes = answer(encoding, parts);
    expect(outcomeOf(frame, bytes)).toEqual(outcomeOf(new ReceivedFrame(), bytes));
  });

  test('any bytes in the place of others are read as by a parser, or refused as by one', () => {
    const edit = fc.tuple(fc.nat(400), fc.oneof(fc.nat(255), fc.constantFrom(0x22, 0x30, 0x39, 0x2c, 0x5c, 0x41)));
    fc.assert(
      fc.property(ordinaryParts, fc.array(edit, { minLength: 1, maxLength: 3 }), (parts, edits) => {
        const bytes = answer(encoding, parts);
        for (const [at, byte] of edits) bytes[8 + (at % (bytes.length - 8))] = byte;
        expect(outcomeOf(taught(encoding), bytes)).toEqual(outcomeOf(new ReceivedFrame(), bytes));
      }),
    );
  });

  test('one that ends early is not of the layout, wherever it ends', () => {
    const whole = answer(encoding);
    for (let end = 9; end < whole.length; end++) {
      const cut = Buffer.from(whole.subarray(0, end));
      cut.writeInt32BE(end - 4, 0);
      cut.writeUIntBE(end - 8, 5, 3);
      expect(outcomeOf(taught(encoding), cut)).toEqual(outcomeOf(new ReceivedFrame(), cut));
    }
  });

  test('a field that nobody needed so far can still be asked for', () => {
    const frame = taught(encoding);
    const bytes = answer(encoding, { opaque: 4711 });
    readFrame(bytes, 0, bytes.length, frame);
    expect(frame.layout).toBeDefined();
    expect(frame.field('TRACE_ON')).toBe('true');
    expect(frame.toCommand()).toEqual(read(bytes).toCommand());
  });

  test('another layout is learned once it is the usual one', () => {
    const frame = taught(encoding);
    const other = answer(encoding, { fields: { MSG_REGION: 'EastRegion' } });
    const isLaidOut: boolean[] = [];
    for (let n = 0; n < 9; n++) {
      outcomeOf(frame, other);
      isLaidOut.push(frame.layout !== undefined);
    }
    expect(isLaidOut).toEqual([false, false, false, false, false, false, false, false, true]);
    expect(outcomeOf(frame, other)).toEqual(outcomeOf(new ReceivedFrame(), other));
  });
});

test('an answer in the other encoding is parsed', () => {
  const bytes = answer('binary');
  expect(outcomeOf(taught('json'), bytes)).toEqual(outcomeOf(new ReceivedFrame(), bytes));
});

test.each(goldenScenarios().map((name) => [name]))(
  '%s: one reader for all answers reads them as new readers do',
  (name) => {
    const frame = new ReceivedFrame();
    for (const { bytes } of goldenFrames(name).filter(({ dir }) => dir === 's2c')) {
      expect(outcomeOf(frame, bytes)).toEqual(outcomeOf(new ReceivedFrame(), bytes));
    }
  },
);
