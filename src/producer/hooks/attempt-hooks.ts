/**
 * Calls those who look at each attempt from outside: the application's hooks, and the trace. Where there is neither,
 * sending does not come here.
 */
import { messageOf } from '../../callbacks/thrown.js';
import { mustBeSynchronous } from '../../callbacks/must-be-synchronous.js';
import type { CallbackContext } from '../../callbacks/async-context.js';
import { createError, type RocketMQError } from '../../errors/rocketmq-error.js';
import type { HookReport } from '../../connection/request-hooks.js';
import type { AttemptWatch, Envelope, Targeted } from '../message/envelope.js';
import type { Hooks } from './hook-options.js';
import { deliveryKind } from './delivery-kind.js';
import type { OnewayReceipt, SendReceipt } from '../message/outcome.js';
import { AttemptContext, type AttemptOutcome, type SendContext } from './send-context.js';
import type { Tracer } from '../trace/tracer.js';

export interface AttemptHooksOptions {
  readonly group: string;
  readonly hooks: Hooks;
  readonly tracer: Tracer | undefined;
  readonly report: HookReport<'beforeSend' | 'afterSend'>;
}

export class AttemptHooks {
  readonly #options: AttemptHooksOptions;

  constructor(options: AttemptHooksOptions) {
    this.#options = options;
  }

  /**
   * An attempt at `envelope.address` begins. Returns why it must not: nothing of it is to be sent then, and nobody is
   * told of its end. A hook may also end the message by its signal; then nothing is to be sent either.
   */
  begin(envelope: Targeted): RocketMQError | undefined {
    const { group, hooks, report } = this.#options;
    const { message, msgId, queue, address, attempt, mode = 'confirm', body, properties } = envelope;
    const kind = deliveryKind(properties);
    const { callerContext } = envelope;
    const bodyBytes = body.length;
    const context = new AttemptContext({ group, message, msgId, queue, address, attempt, mode, kind, bodyBytes });
    try {
      mustBeSynchronous(callerContext.run(() => hooks.checkForbidden?.(context)));
    } catch (thrown) {
      return forbidden(thrown, context);
    }
    if (outcomeOf(envelope) !== undefined) return undefined;
    try {
      mustBeSynchronous(callerContext.run(() => hooks.beforeSend?.(context)));
    } catch (thrown) {
      report('beforeSend', thrown);
    }
    const watch = new WatchedAttempt(this.#options, context, envelope);
    const outcome = outcomeOf(envelope);
    if (outcome === undefined) envelope.watch = watch;
    else if (!outcome.ok) watch.failed(outcome.error, 0);
    return undefined;
  }
}

/** What a hook may have brought about, whatever the type says. */
const outcomeOf = ({ outcome }: Envelope): Envelope['outcome'] => outcome;

class WatchedAttempt implements AttemptWatch {
  readonly #options: AttemptHooksOptions;
  readonly #context: SendContext;
  readonly #batch: Envelope['batch'];
  readonly #callerContext: CallbackContext;
  readonly #startedAt = Date.now();

  constructor(options: AttemptHooksOptions, context: SendContext, { batch, callerContext }: Envelope) {
    this.#options = options;
    this.#context = context;
    this.#batch = batch;
    this.#callerContext = callerContext;
  }

  answered(receipt: SendReceipt, elapsedMs: number, wantsTrace: boolean): void {
    this.#ended({ ok: true, receipt, elapsedMs });
    const { tracer } = this.#options;
    if (tracer === undefined || !wantsTrace) return;
    if (this.#batch === undefined) tracer.sent(this.#context, receipt, this.#startedAt, elapsedMs);
    else this.#recordMembers(tracer, this.#batch, elapsedMs);
  }

  /** Each can be looked for by itself. */
  #recordMembers(tracer: Tracer, { members, receipts }: NonNullable<Envelope['batch']>, elapsedMs: number): void {
    for (const [i, { message, msgId, body }] of members.entries()) {
      const receipt = receipts[i];
      if (receipt === undefined) continue;
      const context = new AttemptContext({ ...this.#context, message, msgId, bodyBytes: body.length });
      tracer.sent(context, receipt, this.#startedAt, elapsedMs);
    }
  }

  handedOver(receipt: OnewayReceipt, elapsedMs: number): void {
    this.#ended({ ok: true, receipt, elapsedMs });
  }

  failed(error: RocketMQError, elapsedMs: number): void {
    this.#ended({ ok: false, error, elapsedMs });
  }

  #ended(outcome: AttemptOutcome): void {
    const { hooks, report } = this.#options;
    try {
      mustBeSynchronous(this.#callerContext.run(() => hooks.afterSend?.(this.#context, outcome)));
    } catch (thrown) {
      report('afterSend', thrown);
    }
  }
}

function forbidden(thrown: unknown, { message: { topic }, queue, attempt }: SendContext): RocketMQError {
  return createError('RMQ_SEND_FORBIDDEN', `checkForbidden refused the message: ${messageOf(thrown)}`, {
    cause: thrown,
    detail: { topic, brokerName: queue.brokerName, queueId: queue.queueId, attempt },
  });
}
