import assert from 'node:assert';
import { inspect } from 'node:util';
import { createError, RocketMQError } from '../../../../src/errors/rocketmq-error.js';
import { Failure } from '../../../../src/producer/message/outcome.js';
import { SendError, sendFailed, streamFailed } from '../../../../src/producer/message/send-error.js';

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

  test('prints its cause only where a function of the caller threw it', () => {
    const system = Object.assign(new Error('connect ECONNREFUSED'), { syscall: 'connect', code: 'ECONNREFUSED' });
    const selector = new Error('thrown by a selector');
    const printed = (cause: unknown): string => {
      const error = createError('RMQ_CONNECT_FAILED', 'not sent', { cause });
      const thrown = new SendError(new Failure(failed, { stage: 'send', error }));
      expect(thrown.cause).toBe(error);
      // As Node prints what nobody catches.
      return inspect(thrown, { customInspect: false });
    };
    expect(printed(undefined)).toContain('[cause]: [Getter]');
    expect(printed(createError('RMQ_CLOSED', 'x', { cause: system }))).not.toContain('ECONNREFUSED');
    expect(printed(selector)).toContain('Error: thrown by a selector\n');
    expect(inspect(new SendError(failure))).not.toContain('[cause]');
  });

  test('of a stream has no frames, and leaves the limit of frames as it was', () => {
    const limit = Error.stackTraceLimit;
    const thrown = streamFailed(failure, [failure]);
    expect(thrown.stack).toBe(`SendError: ${thrown.message}`);
    expect(thrown).toMatchObject({ failure, alsoFailed: [failure] });
    expect(Error.stackTraceLimit).toBe(limit);
    expect(inspect(thrown, { customInspect: false }).split('\n').length).toBeLessThan(16);
  });

  test('of a send names the functions that await it', async () => {
    async function placeOrder(): Promise<void> {
      await sendFailed(failure);
    }
    const thrown: unknown = await placeOrder().catch((error: unknown) => error);
    expect(thrown).toMatchObject({ failure, alsoFailed: [] });
    expect((thrown as SendError).stack).toMatch(/^ {4}at (async )?placeOrder \(/m);
  });

  test('shows no body in a log', () => {
    const thrown = new SendError(failure, [failure], [failure]);
    expect(inspect(thrown, { depth: 9 })).not.toContain('secret');
    expect(JSON.stringify(thrown)).not.toContain('secret');
  });
});
