import { EMPTY, firstValueFrom, NEVER, of, Subject, throwError, toArray } from 'rxjs';
import { validateMessage } from '../../operators/validate-message.js';
import type { Message } from '../../src/producer/message/message.js';
import { message, testScheduler } from './operator-kit.js';

const broken: Message<number> = { topic: 'a b', body: 'x', context: 7 };

describe('validateMessage', () => {
  test('passes one envelope on for each message, in order, with body and context', async () => {
    const envelopes = await firstValueFrom(of(message(1), message(2)).pipe(validateMessage(), toArray()));
    expect(envelopes.map(({ context, body, outcome }) => [context, Buffer.from(body).toString(), outcome])).toEqual([
      [1, 'body 1', undefined],
      [2, 'body 2', undefined],
    ]);
  });

  test('settles a message that breaks a rule, and goes on with the next', async () => {
    const [refused, open] = await firstValueFrom(of(broken, message(2)).pipe(validateMessage(), toArray()));
    expect(refused?.outcome).toMatchObject({ ok: false, stage: 'validate', stored: 'no', context: 7, attempts: [] });
    expect(refused?.outcome).toHaveProperty('error.detail.rule', 'topic-characters');
    expect(open?.outcome).toBeUndefined();
  });

  test.each([
    ['undefined', () => undefined],
    ['null', () => null],
    ['a number', () => 5],
    [
      'an object with a trap',
      () => ({
        get topic(): string {
          throw new Error('trap');
        },
      }),
    ],
  ])('settles what is no message at all: %s', async (_, nonsense) => {
    const envelope = await firstValueFrom(of(nonsense() as unknown as Message).pipe(validateMessage()));
    expect(envelope.outcome).toMatchObject({ ok: false, stage: 'validate', stored: 'no' });
  });

  test('measures against its limit', async () => {
    const envelope = await firstValueFrom(of(message(1)).pipe(validateMessage({ maxMessageBytes: 3 })));
    expect(envelope.outcome).toHaveProperty('error.code', 'RMQ_MESSAGE_TOO_LARGE');
  });

  test('never, empty and error pass through', () => {
    testScheduler().run(({ expectObservable }) => {
      expectObservable(NEVER.pipe(validateMessage())).toBe('');
      expectObservable(EMPTY.pipe(validateMessage())).toBe('|');
      expectObservable(throwError(() => 'error').pipe(validateMessage())).toBe('#');
    });
  });

  test('unsubscribing leaves the source', () => {
    const source = new Subject<Message<number>>();
    source.pipe(validateMessage()).subscribe().unsubscribe();
    expect(source.observed).toBe(false);
  });
});
