import type { RetryJudge } from '../../../../src/producer/message/envelope.js';
import { detachedFlow } from '../../../../src/producer/message/detached-flow.js';
import { open } from '../../../operators/operator-kit.js';
import { failAttempt, succeed } from '../../../operators/outcome-kit.js';

describe('an envelope without a flow', () => {
  test('is settled once; its listener and holder are told', () => {
    const envelope = open(1);
    const told: string[] = [];
    envelope.listener = { settled: ({ ok }) => told.push(`listener ${ok}`) };
    envelope.holder = { stage: 'send', released: ({ holder }) => told.push(`released ${holder === undefined}`) };
    succeed(envelope);
    failAttempt(envelope);
    expect(told).toEqual(['listener true', 'released true']);
    expect(envelope.outcome).toMatchObject({ ok: true });
  });

  test('gets another attempt where its retry loop says so, and ends with what that says', () => {
    const envelope = open(1);
    const judge: RetryJudge = {
      finalFailure: (_, failure) => (failure.attempts.length < 2 ? undefined : failure),
      again() {},
      leave() {},
    };
    envelope.judge = judge;
    failAttempt(envelope);
    expect([envelope.outcome, envelope.attemptFailure?.attempts.length]).toEqual([undefined, 1]);
    failAttempt(envelope);
    expect(envelope.outcome).toHaveProperty('attempts.length', 2);
  });

  test('is bounded by nothing and counted nowhere', () => {
    const envelope = open(1);
    expect(() => {
      detachedFlow.refill();
      detachedFlow.drainAdmitted();
      detachedFlow.countStray();
    }).not.toThrow();
    expect(envelope.outcome).toBeUndefined();
  });
});
