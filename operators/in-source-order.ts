/** Puts settled envelopes into the order of their messages. How many can be held back is `admit`'s: each keeps its slot. */
import { Observable, type OperatorFunction } from 'rxjs';
import type { Holder, Settled } from '../src/producer/message/envelope.js';
import { isPart } from './stage.js';
import { subscribeLinked } from './subscribe-linked.js';

/**
 * Passes settled envelopes on in the order in which `admit` took their messages. What overflowed the buffer was never
 * taken and passes at once. Needs `keepsOutcomes` of `admit`, which bounds what is held back here.
 */
export function inSourceOrder<C>(): OperatorFunction<Settled<C>, Settled<C>> {
  return (source) =>
    new Observable((subscriber) => {
      const early = new Map<number, Settled<C>>();
      let next = 1;
      let isPassing = false;
      let end: (() => void) | undefined;
      const passInOrder = (): void => {
        if (isPassing) return;
        isPassing = true;
        for (let envelope = early.get(next); envelope !== undefined; envelope = early.get(next)) {
          early.delete(next++);
          envelope.holder = undefined;
          subscriber.next(envelope);
        }
        isPassing = false;
        end?.();
      };
      // What is passed on can end the input, with others still to be passed on.
      const endWith = (tell: () => void): void => {
        end = tell;
        if (!isPassing) tell();
      };
      subscribeLinked(source, subscriber, {
        next(envelope) {
          if (!isPart(envelope, subscriber)) return;
          const { order } = envelope;
          if (order === 0) {
            subscriber.next(envelope);
          } else if (order < next || early.has(order)) {
            envelope.flow.countStray();
          } else {
            envelope.holder = HELD_BACK;
            early.set(order, envelope);
            passInOrder();
          }
        },
        error: (error: unknown) => endWith(() => subscriber.error(error)),
        complete: () => endWith(() => subscriber.complete()),
      });
    });
}

/** Nothing ends it any more: it has its outcome. */
const HELD_BACK: Holder = { stage: 'order', released() {} };
