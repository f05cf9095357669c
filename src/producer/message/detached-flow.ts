/**
 * The flow of an envelope that no `admit` has taken in (yet): it bounds and counts nothing and only keeps the rule that
 * a message is settled once.
 */
import { ambientContext } from '../../callbacks/async-context.js';
import { Clock } from '../../time/clock.js';
import type { FlowOfEnvelope } from './envelope.js';

export const detachedFlow: FlowOfEnvelope = {
  clock: new Clock(),
  callerContext: ambientContext,
  isAbandoned: false,
  expectsMore: true,
  whenLingerEnds() {},
  settle(envelope, outcome) {
    if (envelope.outcome !== undefined) return;
    envelope.sink = undefined;
    const judge = !outcome.ok && outcome.stage === 'send' ? envelope.judge : undefined;
    const final = outcome.ok || judge === undefined ? outcome : judge.finalFailure(envelope, outcome);
    if (final?.ok === true && final.status !== 'UNCONFIRMED' && envelope.sequel !== undefined && !envelope.isInSequel) {
      envelope.isInSequel = true;
      envelope.sequel.begin(envelope, final);
      return;
    }
    if (final !== undefined) {
      envelope.outcome = final;
      envelope.listener?.settled(final);
      envelope.sequel?.ended(envelope);
    } else if (!outcome.ok) {
      envelope.attemptFailure = outcome;
    }
    const { holder } = envelope;
    envelope.holder = undefined;
    holder?.released(envelope);
  },
  refill() {},
  drainAdmitted() {},
  countRetry() {},
  countStray() {},
  passDropped() {},
  outcomeTaken() {},
  mayTake: () => true,
  isDown: () => false,
  shareOf: () => undefined,
  waitForBroker: () => false,
};
