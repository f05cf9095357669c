/** Puts settled envelopes into the order of their messages. How many can be held back is `admit`'s: each keeps its slot. */
import { Observable, type OperatorFunction } from 'rxjs';
import { RingQueue } from '../src/collections/ring-queue.js';
import type { Holder, Settled } from '../src/producer/message/envelope.js';
import { isPart } from './stage.js';
import { subscribeLinked } from './subscribe-linked.js';

/** Places in the order, both included. */
interface Places {
  readonly from: number;
  to: number;
}

/**
 * Passes settled envelopes on in the order in which `admit` took their messages. What overflowed the buffer, or was
 * dropped from it, has no slot: it passes at once, because a source that cannot be paused would fill the memory with what
 * waits for its turn. Needs `keepsOutcomes` of `admit`, which bounds what is held back here.
 */
export function inSourceOrder<C>(): OperatorFunction<Settled<C>, Settled<C>> {
  return (source) =>
    new Observable((subscriber) => {
      const early = new Map<number, Settled<C> | 'gone'>();
      /** Of what was dropped and passed before its turn: as few ranges as other messages lie between. */
      const gone = new RingQueue<Places>();
      let newestGone: Places | undefined;
      let next = 1;
      const passed = (order: number): void => {
        if (newestGone !== undefined && newestGone.to === order - 1 && gone.length > 0) newestGone.to = order;
        else if (newestGone === undefined || newestGone.to < order)
          gone.push((newestGone = { from: order, to: order }));
        // A function of the caller's handed in a message while the one before it was on its way.
        else early.set(order, 'gone');
      };
      const skipGone = (): void => {
        for (let places = gone.peek(); places !== undefined && places.from === next; places = gone.peek()) {
          next = places.to + 1;
          gone.shift();
        }
      };
      let isPassing = false;
      let end: (() => void) | undefined;
      const passInOrder = (): void => {
        if (isPassing) return;
        isPassing = true;
        skipGone();
        for (let envelope = early.get(next); envelope !== undefined; envelope = early.get(next)) {
          early.delete(next++);
          if (envelope !== 'gone') {
            envelope.holder = undefined;
            subscriber.next(envelope);
          }
          skipGone();
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
          } else if (order < next || early.has(order) || envelope.isEmitted) {
            envelope.flow.countStray();
          } else if (isDropped(envelope)) {
            passed(order);
            subscriber.next(envelope);
            passInOrder();
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

const isDropped = ({ outcome }: Settled): boolean => !outcome.ok && outcome.stage === 'overflow';

/** Nothing ends it any more: it has its outcome. */
const HELD_BACK: Holder = { stage: 'order', released() {} };
