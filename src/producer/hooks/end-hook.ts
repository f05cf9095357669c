/**
 * Calls those who look at the ends of transactions, before a broker is told: the application's hook, and the trace. Where
 * there is neither, ending a transaction does not come here. How it is told is `end-of-transaction.ts`.
 * Source: DefaultMQProducerImpl.doExecuteEndTransactionHook (5.5.0).
 */
import { mustBeSynchronous } from '../../callbacks/must-be-synchronous.js';
import type { HookReport } from '../../connection/request-hooks.js';
import { EndContext, type EndTransactionContext } from './end-context.js';
import type { Tracer } from '../trace/tracer.js';

/** See `Hooks` of `hook-options.ts`, which promises what is done here. */
interface EndHooks {
  readonly endTransaction?: ((context: EndTransactionContext) => void) | undefined;
}

/** `regionId`: where the half message lies, as far as its broker said so. Never throws. */
export type TellEnd = (context: Omit<EndTransactionContext, 'group'>, regionId: string | undefined) => void;

export interface EndHookOptions {
  readonly group: string;
  readonly hooks: EndHooks | undefined;
  readonly tracer: Tracer | undefined;
  readonly report: HookReport<'endTransaction'>;
}

/** What is to be called with each end; undefined where nobody wants to know. */
export function endHook({ group, hooks, tracer, report }: EndHookOptions): TellEnd | undefined {
  if (hooks?.endTransaction === undefined && tracer === undefined) return undefined;
  return (end, regionId) => {
    const context = new EndContext({ group, ...end });
    try {
      mustBeSynchronous(hooks?.endTransaction?.(context));
    } catch (thrown) {
      report('endTransaction', thrown);
    }
    tracer?.ended(context, regionId);
  };
}
