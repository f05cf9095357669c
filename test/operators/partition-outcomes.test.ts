import { Observable } from 'rxjs';
import { partitionOutcomes } from '../../operators/partition-outcomes.js';
import type { SendOutcome } from '../../src/producer/message/outcome.js';
import { open } from './operator-kit.js';
import { failAttempt, succeed } from './outcome-kit.js';

const outcomes = [1, 2, 3].map((n) => {
  const envelope = open(n);
  if (n === 2) failAttempt(envelope);
  else succeed(envelope);
  return envelope.outcome as SendOutcome<number>;
});

function run() {
  const told = { subscriptions: 0, ends: 0 };
  const source = new Observable<SendOutcome<number>>((subscriber) => {
    told.subscriptions++;
    for (const outcome of outcomes) subscriber.next(outcome);
    if (told.subscriptions === 1) subscriber.complete();
    return () => told.ends++;
  });
  return { told, parts: partitionOutcomes(source) };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('partitionOutcomes', () => {
  test('gives each outcome to one of two streams, of one subscription, also what comes synchronously', async () => {
    const { told, parts } = run();
    const seen: string[] = [];
    parts[0].subscribe({ next: ({ context }) => seen.push(`receipt ${context}`), complete: () => seen.push('end') });
    parts[1].subscribe({ next: ({ context }) => seen.push(`failure ${context}`), complete: () => seen.push('end') });
    await turn();
    expect(seen).toEqual(['receipt 1', 'failure 2', 'receipt 3', 'end', 'end']);
    expect(told).toEqual({ subscriptions: 1, ends: 1 });
  });

  test('ends the subscription when both are unsubscribed, and not before', async () => {
    const { told, parts } = run();
    parts[0].subscribe();
    await turn();
    const [receipts, failures] = [parts[0].subscribe(), parts[1].subscribe()];
    await turn();
    receipts.unsubscribe();
    expect(told.ends).toBe(1);
    failures.unsubscribe();
    expect(told).toEqual({ subscriptions: 2, ends: 2 });
  });
});
