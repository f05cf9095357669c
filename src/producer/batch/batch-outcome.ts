/**
 * From the one outcome of an envelope to those of the messages it stands for: an explicit batch has several, every other
 * envelope has one.
 */
import type { Envelope, EnvelopeOutcome } from '../message/envelope.js';
import { Failure, type SendFailure } from '../message/outcome.js';

/** How many messages the envelope stands for. */
export const messagesIn = (envelope: Envelope): number => envelope.batch?.members.length ?? 1;

/** `failure` for each message of the envelope. */
export function failuresOf<C>(envelope: Envelope<C>, failure: SendFailure<C>): readonly SendFailure<C>[] {
  const { batch } = envelope;
  if (batch === undefined) return [failure];
  return batch.members.map((member) => new Failure(member, failure, failure.attempts));
}

/** What became of each message of the envelope, in their order. */
export function outcomesOf<C>(envelope: Envelope<C>, outcome: EnvelopeOutcome<C>): readonly EnvelopeOutcome<C>[] {
  if (!outcome.ok) return failuresOf(envelope, outcome);
  return envelope.batch?.receipts ?? [outcome];
}
