import assert from 'node:assert';
import { inspect } from 'node:util';
import { createError, RocketMQError } from '../../../../src/errors/rocketmq-error.js';
import { Failure } from '../../../../src/producer/message/outcome.js';
import { SendError } from '../../../../src/producer/message/send-error.js';

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

  test('names topic, attempts, and broker and address of each of them', () => {
    const tried = ['127.0.0.1:1', '127.0.0.1:2'].map((address) => ({ ...attempt, address }));
    const thrown = new SendError(new Failure(failed, { stage: 'send', error: maybe }, tried));
    expect(thrown.message).toBe('no answer (topic orders, 2 attempts: broker-a 127.0.0.1:1, broker-a 127.0.0.1:2)');
    expect(thrown.detail).toEqual({ topic: 'orders', attempts: 2, brokerName: 'broker-a', address: '127.0.0.1:2' });
  });

  test('says where no address was known, and where nothing was tried', () => {
    expect(new SendError(failure).message).toBe('no address (topic orders, 1 attempt: broker-a without an address)');
    const early = new SendError(
      new Failure(failed, { stage: 'route', error: createError('RMQ_ROUTE_MISSING', 'none') }),
    );
    expect(early.message).toBe('none (topic orders, no attempt)');
    expect(early.detail).toEqual({ topic: 'orders', attempts: 0 });
    const unanswered = new Failure(failed, { stage: 'send', error: createError('RMQ_REPLY_TIMEOUT', 'no reply') });
    expect(new SendError(unanswered).message).toBe('no reply (topic orders, no failed attempt)');
  });

  test('can be made of anything that was handed in', () => {
    const refused = createError('RMQ_MESSAGE_INVALID', 'no message');
    for (const message of [null, Object.defineProperty({}, 'topic', { get: () => assert.fail() })]) {
      const thrown = new SendError(
        new Failure({ ...failed, message: message as never }, { stage: 'validate', error: refused }),
      );
      expect(thrown.message).toBe('no message (topic unreadable, no attempt)');
    }
  });

  test('shows no body in a log', () => {
    const thrown = new SendError(failure, [failure], [failure]);
    expect(inspect(thrown, { depth: 9 })).not.toContain('secret');
    expect(JSON.stringify(thrown)).not.toContain('secret');
  });
});
