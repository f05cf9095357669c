import type { Message } from '../../../src/producer/message.js';
import { openEnvelope } from '../../../src/producer/open-envelope.js';
import { LIMITS, message } from '../../operators/operator-kit.js';

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
