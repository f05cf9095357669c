import { violation } from '../../../src/protocol/violation.js';

test('a violation leaves open whether something was stored, and carries its facts', () => {
  expect(violation('the frame is broken', { limit: 3 })).toMatchObject({
    name: 'ProtocolViolationError',
    code: 'RMQ_PROTOCOL_VIOLATION',
    message: 'the frame is broken',
    stored: 'maybe',
    detail: { limit: 3 },
  });
});
