import { FLAG_RESPONSE } from '../../../src/protocol/command.js';
import { FrameBuffer } from '../../../src/protocol/frame-buffer.js';
import { writeFrame } from '../../../src/protocol/frame.js';
import { SendAnswer } from '../../../src/testing/send-answer.js';

const stored = { offsetMsgId: '7F00000100002A9F000000000012D687', queueId: 3, queueOffset: 12_345_678_901 };

function writtenByItself(answer: SendAnswer): Buffer | undefined {
  const out = new FrameBuffer();
  return answer.writeJson(out, -7, 513) ? Buffer.concat(out.take()) : undefined;
}

function writtenAsAnyAnswer({ code, fields, remark, body }: SendAnswer): Buffer {
  const out = new FrameBuffer();
  const head = { opaque: -7, flag: FLAG_RESPONSE, version: 513, language: 'JAVA' };
  writeFrame(out, { ...head, code, fields, remark, body }, 'json');
  return Buffer.concat(out.take());
}

test.each([undefined, 'KEY', '', 'a~ !#[]', 'FD0000000000000000000000000000022D424E0E2F2A651C6A940000'])(
  'it writes the bytes that any answer with its fields has: %j',
  (transactionId) => {
    const answer = new SendAnswer({ ...stored, transactionId });
    expect(writtenByItself(answer)?.toString()).toEqual(writtenAsAnyAnswer(answer).toString());
  },
);

test('a batch names all its messages', () => {
  const answer = new SendAnswer({ ...stored, offsetMsgId: 'A,B,C', transactionId: undefined });
  expect(answer.fields.get('msgId')).toBe('A,B,C');
  expect(writtenByItself(answer)).toEqual(writtenAsAnyAnswer(answer));
});

test.each(['"', '\\', 'ä', '\u0001', '\u007f', '\ud800'])(
  'a unique key with %j is left to the ordinary writer',
  (key) => {
    const answer = new SendAnswer({ ...stored, transactionId: key });
    expect(writtenByItself(answer)).toBeUndefined();
    expect(answer.fields.get('transactionId')).toBe(key);
  },
);
