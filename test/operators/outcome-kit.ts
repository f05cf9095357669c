/** What the operator tests share beside `operator-kit.ts`: envelopes that end, one way or the other. */
import type { ErrorCode } from '../../src/errors/error-table.js';
import { createError } from '../../src/errors/rocketmq-error.js';
import type { Envelope, Holder } from '../../src/producer/message/envelope.js';
import { Failure, Receipt } from '../../src/producer/message/outcome.js';
import { queue } from './operator-kit.js';

/** The broker confirmed it. */
export function succeed(envelope: Envelope): void {
  const answer = { status: 'SEND_OK', offsetMsgId: 'id', queueId: 0, queueOffset: 1n } as const;
  envelope.flow.settle(envelope, new Receipt(envelope, queue('broker-a', 0), answer, envelope.flow.clock.now()));
}

/** An attempt failed, as `sendMessage` tells it. */
export function failAttempt(envelope: Envelope, code: ErrorCode = 'RMQ_CONNECT_FAILED'): void {
  const brokerName = envelope.queue?.brokerName ?? '';
  const error = createError(code, `attempt ${envelope.attempt} at ${brokerName}`);
  envelope.failedAttempts = [...envelope.failedAttempts, { brokerName, address: '', error, elapsedMs: 0 }];
  envelope.flow.settle(envelope, new Failure(envelope, { stage: 'send', error }, envelope.failedAttempts));
}

/** Keeps what it is given, like a broker that has not answered yet; `next` is told what is settled. */
export class Keeper implements Holder {
  readonly stage = 'send';
  readonly kept: Envelope[] = [];
  readonly released: (envelope: Envelope) => void;

  constructor(next: (envelope: Envelope) => void) {
    this.released = (envelope) => {
      this.kept.splice(this.kept.indexOf(envelope), 1);
      next(envelope);
      envelope.flow.refill();
    };
  }

  keep(envelope: Envelope): void {
    envelope.holder = this;
    this.kept.push(envelope);
  }

  get oldest(): Envelope {
    const [first] = this.kept;
    if (first === undefined) throw new Error('nothing is kept');
    return first;
  }
}
