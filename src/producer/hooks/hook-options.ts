/**
 * What an application may do with everything on its way: the hooks, and their table. What they are told is
 * `send-context.ts`, `end-context.ts` and `src/connection/request-hooks.ts`.
 * Source: RPCHook.java, CheckForbiddenHook.java, SendMessageHook.java, EndTransactionHook.java (5.5.0).
 */
import type { HookedRequest, HookedResponse } from '../../connection/request-hooks.js';
import type { OptionTable } from '../../options/check-options.js';
import type { EndTransactionContext } from './end-context.js';
import { callback, isObject } from '../../options/option-kinds.js';
import type { AttemptOutcome, SendContext } from './send-context.js';

/**
 * Functions that are called around whatever a producer sends. They are called in the middle of sending, so they must be
 * quick, and synchronous: a promise counts as having thrown. What they throw never stops a stream; where it is nobody's
 * failure it is logged, and told as event `hook-failed`.
 */
export interface Hooks {
  /** Called before every request leaves: sends, routes, heartbeats and all others of the client instance, unanswered ones included. It may add fields to the header. What it throws fails that request: RMQ_HOOK_FAILED, `stored: 'no'`. */
  readonly beforeRequest?: ((address: string, request: HookedRequest) => void) | undefined;
  /** Called with every answer, refusals included. What it throws is reported; the answer counts all the same. */
  readonly afterResponse?: ((address: string, request: HookedRequest, response: HookedResponse) => void) | undefined;
  /** Called before each attempt to send a message. What it throws refuses the message for good: RMQ_SEND_FORBIDDEN, `stored: 'no'`. */
  readonly checkForbidden?: ((context: SendContext) => void) | undefined;
  /** Called before each attempt that was not forbidden. What it throws is reported; the message is sent all the same. */
  readonly beforeSend?: ((context: SendContext) => void) | undefined;
  /** Called after each such attempt, however it ended. What it throws is reported; the outcome stands. */
  readonly afterSend?: ((context: SendContext, outcome: AttemptOutcome) => void) | undefined;
  /** Called before a broker is told how a transaction ends: once by the local work, and once for each answer of checkTransaction. Whether the broker hears it is not known then. What it throws is reported; the transaction ends all the same. */
  readonly endTransaction?: ((context: EndTransactionContext) => void) | undefined;
}

const hook = <Name extends keyof Hooks>(takes: string) => ({
  kind: callback<NonNullable<Hooks[Name]>>(`a function of ${takes}`),
});

export const hookOptions = {
  beforeRequest: { ...hook<'beforeRequest'>('address and request'), java: 'RPCHook' },
  afterResponse: { ...hook<'afterResponse'>('address, request and response'), java: 'RPCHook' },
  checkForbidden: { ...hook<'checkForbidden'>('the context of the attempt'), java: 'registerCheckForbiddenHook' },
  beforeSend: { ...hook<'beforeSend'>('the context of the attempt'), java: 'registerSendMessageHook' },
  afterSend: { ...hook<'afterSend'>('context and outcome of the attempt'), java: 'registerSendMessageHook' },
  endTransaction: { ...hook<'endTransaction'>('the context of the end'), java: 'registerEndTransactionHook' },
} as const satisfies { readonly [K in keyof Hooks]-?: OptionTable[string] };

/** The very object with the hooks, so that they find their `this`, from a configuration that was checked. */
export function givenHooks(config: unknown): Hooks | undefined {
  const hooks: unknown = isObject(config) ? config['hooks'] : undefined;
  return isHooks(hooks) ? hooks : undefined;
}

/** Its members were checked against the table. */
const isHooks = (hooks: unknown): hooks is Hooks => isObject(hooks);

/** Whether it matters to these hooks when messages are sent. */
export const looksAtAttempts = ({ checkForbidden, beforeSend, afterSend }: Hooks): boolean =>
  (checkForbidden ?? beforeSend ?? afterSend) !== undefined;

/** Whether it matters to these hooks when anything is sent. */
export const looksAtRequests = ({ beforeRequest, afterResponse }: Hooks): boolean =>
  (beforeRequest ?? afterResponse) !== undefined;
