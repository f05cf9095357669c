/**
 * Calls those who look at each attempt from outside: the application's hooks, and the trace. Where there is neither,
 * sending does not come here.
 */
import { createError, type RocketMQError } from '../../errors/rocketmq-error.js';
import { type HookReport, mustBeSynchronous } from '../../connection/request-hooks.js';
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
    const bodyBytes = body.length;
    const context = new AttemptContext({ group, message, msgId, queue, address, attempt, mode, kind, bodyBytes });
    try {
      mustBeSynchronous(hooks.checkForbidden?.(context));
    } catch (thrown) {
      return forbidden(thrown, context);
    }
    if (outcomeOf(envelope) !== undefined) return undefined;
    try {
      mustBeSynchronous(hooks.beforeSend?.(context));
    } catch (thrown) {
      report('beforeSend', thrown);
    }
    const watch = new WatchedAttempt(this.#options, context, envelope.batch);
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
  readonly #startedAt = Date.now();

  constructor(options: AttemptHooksOptions, context: SendContext, batch: Envelope['batch']) {
    this.#options = options;
    this.#context = context;
    this.#batch = batch;
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
      mustBeSynchronous(hooks.afterSend?.(this.#context, outcome));
    } catch (thrown) {
      report('afterSend', thrown);
    }
  }
}

function forbidden(thrown: unknown, { message: { topic }, queue, attempt }: SendContext): RocketMQError {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return createError('RMQ_SEND_FORBIDDEN', `checkForbidden refused the message: ${why}`, {
    cause: thrown,
    detail: { topic, brokerName: queue.brokerName, queueId: queue.queueId, attempt },
  });
}
