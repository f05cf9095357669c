import { inspect } from 'node:util';
import { createError, RocketMQError } from '../../../src/errors/rocketmq-error.js';
import { Failure } from '../../../src/producer/outcome.js';
import { SendError } from '../../../src/producer/send-error.js';

const failed = { message: { topic: 'orders', body: 'secret body' }, context: undefined, msgId: 'id' };
const maybe = createError('RMQ_ATTEMPT_TIMEOUT', 'no answer', { stored: 'maybe' });
const attempt = { brokerName: 'broker-a', address: '', error: maybe, elapsedMs: 1 };
const error = createError('RMQ_BROKER_UNKNOWN', 'no address', { detail: { topic: 'orders' } });
const failure = new Failure(failed, { stage: 'send', error }, [attempt]);

describe('a SendError', () => {
  test('says what its failure says; an earlier attempt makes it a maybe', () => {
    const thrown = new SendError(failure, [failure], [failure, failure]);
    expect(thrown).toBeInstanceOf(RocketMQError);
    expect(thrown).toMatchObject({ name: 'SendError', code: error.code, stored: 'maybe', detail: error.detail });
    expect(thrown.cause).toBe(error);
    expect(thrown.failure).toBe(failure);
    expect([thrown.alsoFailed.length, thrown.notSent.length]).toEqual([1, 2]);
  });

  test('shows no body in a log', () => {
    const thrown = new SendError(failure, [failure], [failure]);
    expect(inspect(thrown, { depth: 9 })).not.toContain('secret');
    expect(JSON.stringify(thrown)).not.toContain('secret');
  });
});
