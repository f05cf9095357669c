import { Subject } from 'rxjs';
import { failOnError } from '../../operators/fail-on-error.js';
import type { SendOutcome } from '../../src/producer/message/outcome.js';
import { open } from './operator-kit.js';
import { failAttempt, succeed } from './outcome-kit.js';

const outcome = (n: number, end: (envelope: ReturnType<typeof open>) => void): SendOutcome<number> => {
  const envelope = open(n);
  end(envelope);
  return envelope.outcome as SendOutcome<number>;
};

test('receipts pass, and the first failure errors the stream and unsubscribes from what is above', () => {
  const source = new Subject<SendOutcome<number>>();
  const seen: unknown[] = [];
  source.pipe(failOnError<number>()).subscribe({
    next: ({ context }) => seen.push(context),
    error: (error: unknown) => seen.push(error),
  });
  source.next(outcome(1, succeed));
  source.next(outcome(2, failAttempt));
  expect(seen).toEqual([1, expect.objectContaining({ name: 'SendError', code: 'RMQ_CONNECT_FAILED' })]);
  expect(source.observed).toBe(false);
});
