import fc from 'fast-check';
import { sendMessage } from '../../../src/protocol/requests/send-message.js';
import { readSendAnswer, type SendAnswer } from '../../../src/protocol/send-answer.js';
import type { ReceivedFrame } from '../../../src/protocol/received-frame.js';
import { goldenFrame } from '../../golden/golden-frames.js';
import { command, ENCODINGS, read, readCommand } from './frames.js';

/** What either of them makes of a frame: the fields both know, or what it threw. */
function outcomeOf(decode: (frame: ReceivedFrame) => SendAnswer, frame: ReceivedFrame): unknown {
  try {
    const { status, offsetMsgId, queueId, queueOffset, regionId, transactionId } = decode(frame);
    return { status, offsetMsgId, queueId, queueOffset, regionId, transactionId };
  } catch (error) {
    return error;
  }
}

test('reads what Java recorded', () => {
  const frame = read(goldenFrame('5.5.0/send-plain', ({ dir }) => dir === 's2c').bytes);
  expect(readSendAnswer(frame)).toEqual({
    status: 'SEND_OK',
    offsetMsgId: '7F0000010000751800000000000001F1',
    queueId: 3,
    queueOffset: 0n,
    regionId: 'DefaultRegion',
    transactionId: 'FD0000000000000000000000000000022D424E0E2F2A651C6A940000',
  });
});

const ordinary = fc.record({
  msgId: fc.string({ minLength: 1 }),
  queueId: fc.nat().map(String),
  queueOffset: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String),
});
const odd = fc.constantFrom('', '-1', '1.5', 'x', '2147483648', '9223372036854775808', '007', ' 1');
const rest = fc.record(
  { MSG_REGION: fc.string(), transactionId: fc.string(), TRACE_ON: fc.constantFrom('true', 'false', '?') },
  { requiredKeys: [] },
);
const anyFields = fc
  .tuple(
    fc.oneof(
      { weight: 3, arbitrary: ordinary },
      fc.record({ msgId: fc.string(), queueId: odd, queueOffset: odd }, { requiredKeys: [] }),
    ),
    rest,
  )
  .map(([place, others]) => ({ ...place, ...others }));

test.each(ENCODINGS)('says the same as the table, of any answer, in %s', (encoding) => {
  fc.assert(
    fc.property(fc.constantFrom(0, 10, 11, 12, 1, 2, 13, 77), anyFields, (code, fields) => {
      const frame = readCommand(command({ code, fields: new Map(Object.entries(fields)) }), encoding);
      // What only the table checks: the trace switch, which nobody reads on this path.
      fc.pre(fields.TRACE_ON !== '?' && !Object.values(fields).includes('007'));
      expect(outcomeOf(readSendAnswer, frame)).toEqual(outcomeOf(sendMessage.decodeResponse, frame));
    }),
  );
});
