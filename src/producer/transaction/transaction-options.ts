/** What is special about transactions among the options of a send or of a pipeline: the table and its check. */
import { type Filled, type OptionTable, OptionCheck } from '../../options/check-options.js';
import type { Resolution } from '../../protocol/requests/end-transaction.js';
import { registerPlaces } from '../../options/option-places.js';
import { callback, integer } from '../../options/option-kinds.js';
import type { ExecuteTransaction } from './transaction.js';

/** How transactions are run. `C` is the type of the messages' context. */
export interface TransactionWork<C = unknown, R extends Resolution = Resolution> {
  /** The local work, done when the broker has the half message; its word decides. */
  readonly execute: ExecuteTransaction<C, R>;
  /** Ms that the local work may take; default 60 000. Then the transaction is `unknown`, and what it says later is ignored. */
  readonly localTimeoutMs?: number | undefined;
}

const DAY_MS = 86_400_000;

/** Ms that the local work may take. */
export const localTimeout = { kind: integer(1, DAY_MS), default: 60_000 } as const;

/** What is special about a pipeline of transactions. */
export const transactionOptions = {
  execute: {
    kind: callback<ExecuteTransaction>('a function from message and transaction to its end'),
    isRequired: true,
    java: 'transactionListener',
  },
  localTimeoutMs: localTimeout,
} as const satisfies OptionTable;

registerPlaces('the options of a transaction', transactionOptions);

/** Fills in the defaults. Throws RMQ_CONFIG_INVALID with all problems at once. */
export function checkTransactionWork<C>({ execute, localTimeoutMs }: TransactionWork<C>): Filled<TransactionWork<C>> {
  const check = new OptionCheck('transaction options');
  const taken = check.take({ execute, localTimeoutMs }, transactionOptions);
  check.assertNone();
  return { execute, localTimeoutMs: taken.localTimeoutMs };
}
