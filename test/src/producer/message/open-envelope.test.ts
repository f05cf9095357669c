import { createError, type RocketMQError } from '../../../../src/errors/rocketmq-error.js';
import type { Message } from '../../../../src/producer/message/message.js';
import { openEnvelope } from '../../../../src/producer/message/open-envelope.js';
import { LIMITS, message } from '../../../operators/operator-kit.js';

describe('openEnvelope', () => {
  test('makes an open envelope of the message, which it neither changes nor freezes', () => {
    const given = Object.freeze(message(3));
    const envelope = openEnvelope(given, LIMITS);
    expect(envelope).toMatchObject({ outcome: undefined, context: 3, mode: undefined, attempt: 0 });
    expect(envelope.message).toBe(given);
  });

  test('settles a message that breaks a rule, with its context and without an id', () => {
    const { outcome } = openEnvelope({ topic: '', body: 'x', context: 9 }, LIMITS);
    expect(outcome).toMatchObject({
      ok: false,
      stage: 'validate',
      stored: 'no',
      context: 9,
      msgId: undefined,
      error: { code: 'RMQ_MESSAGE_INVALID', detail: { rule: 'topic-empty' } },
    });
  });

  test.each([
    ['nothing', undefined],
    ['a string', 'message'],
    ['a promise', Promise.resolve()],
    [
      'traps',
      new Proxy(
        {},
        {
          get() {
            throw new Error('trap');
          },
        },
      ),
    ],
    [
      'a trap that throws something else than an error',
      {
        get topic(): string {
          // eslint-disable-next-line typescript/only-throw-error -- callers may throw anything
          throw null;
        },
      },
    ],
  ])('never throws, whatever is handed in: %s', (_, nonsense) => {
    expect(openEnvelope(nonsense as unknown as Message, LIMITS).outcome).toMatchObject({ ok: false, stored: 'no' });
  });
});

describe('a message of a kind', () => {
  const limits = { maxMessageBytes: 1000 };
  const kind = (properties: string, problem?: RocketMQError) => ({ properties, sysFlag: 4, problem: () => problem });

  test('has the system’s own properties behind its own, and the flag of its kind', () => {
    const envelope = openEnvelope(
      { topic: 't', body: 'b', properties: { u: 'v' } },
      limits,
      kind('TRAN_MSG\u0001true\u0002'),
    );
    expect(envelope.properties).toMatch(/u\u0001v\u0002TRAN_MSG\u0001true\u0002$/);
    expect(envelope.sysFlag).toBe(4);
  });

  test('counts these properties too, and may be refused for what it is', () => {
    const long = openEnvelope({ topic: 't', body: 'b' }, limits, kind(`A\u0001${'x'.repeat(32_750)}\u0002`));
    expect(long.outcome).toMatchObject({ ok: false, error: { code: 'RMQ_MESSAGE_TOO_LARGE' } });
    const refused = openEnvelope({ topic: 't', body: 'b' }, limits, kind('', createError('RMQ_MESSAGE_INVALID', 'no')));
    expect(refused.outcome).toMatchObject({ ok: false, stage: 'validate', stored: 'no' });
  });
});
