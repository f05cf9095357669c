import { failuresOf, messagesIn, outcomesOf } from '../../../../src/producer/batch/batch-outcome.js';
import { openBatch } from '../../../../src/producer/batch/message-batch.js';
import { Failure } from '../../../../src/producer/message/outcome.js';
import { createError } from '../../../../src/errors/rocketmq-error.js';
import { decodeBatchBody } from '../../../../src/protocol/batch-body.js';
import { decodeProperties } from '../../../../src/protocol/properties.js';
import { LIMITS, message, open } from '../../../operators/operator-kit.js';

test('a batch is one envelope, whose body holds every message with its own unique key', () => {
  const envelope = openBatch([message(1), message(2), message(3)], LIMITS, false);
  const members = decodeBatchBody(Buffer.from(envelope.body));
  expect(members.map(({ body }) => body.toString())).toEqual(['body 1', 'body 2', 'body 3']);
  const keys = members.map(({ properties }) => decodeProperties(properties).get('UNIQ_KEY'));
  expect(keys).toEqual(envelope.batch?.members.map(({ msgId }) => msgId));
  expect(new Set(keys).size).toBe(3);
  expect(envelope).toMatchObject({ outcome: undefined, msgId: keys[0], context: 1 });
  expect(envelope.bytes).toBe(envelope.body.length);
});

test('the batch as a whole is held against the limit, to the byte', () => {
  const batch = [message(1), message(2)];
  const { bytes } = openBatch(batch, LIMITS, false);
  expect(openBatch(batch, { maxMessageBytes: bytes }, false).bytes).toBe(bytes);
  expect(() => openBatch(batch, { maxMessageBytes: bytes - 1 }, false)).toThrow(
    expect.objectContaining({ code: 'RMQ_MESSAGE_TOO_LARGE', detail: expect.objectContaining({ index: 1, bytes }) }),
  );
});

test('an envelope stands for as many messages as it has, and a failure is that of each', () => {
  const envelope = openBatch([message(1), message(2)], LIMITS, false);
  const failure = new Failure(envelope, { stage: 'send', error: createError('RMQ_BROKER_BUSY', 'busy') });
  expect(messagesIn(envelope)).toBe(2);
  expect(failuresOf(envelope, failure)).toMatchObject([
    { context: 1, msgId: envelope.batch?.members[0]?.msgId, error: failure.error, stored: 'no' },
    { context: 2, msgId: envelope.batch?.members[1]?.msgId, error: failure.error, stored: 'no' },
  ]);
  expect(outcomesOf(envelope, failure)).toHaveLength(2);
  const single = open(3);
  const alone = new Failure(single, { stage: 'send', error: createError('RMQ_BROKER_BUSY', 'busy') });
  expect([messagesIn(single), failuresOf(single, alone)]).toEqual([1, [alone]]);
});
