/**
 * Keeps the books of one run: what was handed in, what became of it, what lies in the brokers at the end, and which of
 * the promises that breaks. It keeps no bodies, and it sends and reads nothing.
 */
import type { Message, SendOutcome } from '../../src/index.js';
import {
  differencesFrom,
  differencesFromReceipt,
  recordOf,
  type ReceiptFacts,
  type SentRecord,
} from '../conformance/sent-record.js';
import type { StoredMessage } from '../conformance/target.js';

/** What the books say in the end. Every list but `duplicated` must be empty for the promises to hold. */
export interface Verdict {
  readonly offered: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly unknown: number;
  readonly stored: number;
  /** Handed in, but without exactly one outcome. */
  readonly withoutOneOutcome: readonly string[];
  /** Acknowledged, but not where the receipt says. */
  readonly lost: readonly string[];
  /** Stored otherwise than sent. */
  readonly altered: readonly string[];
  /** Stored, but never handed in. */
  readonly strangers: readonly string[];
  /** Reported stored: 'no', but stored. */
  readonly storedAgainstNo: readonly string[];
  /** More copies than attempts that may have been stored. */
  readonly excessCopies: readonly string[];
  /** Copies of one message under different unique keys. */
  readonly severalKeys: readonly string[];
  /** Stored more than once, each accounted for by an attempt that ended 'maybe'. */
  readonly duplicated: readonly string[];
}

interface Entry {
  readonly sent: SentRecord;
  outcomes: number;
  receipt: ReceiptFacts | undefined;
  stored: 'no' | 'maybe' | undefined;
  /** Attempts that failed and may have been stored all the same. */
  ambiguousAttempts: number;
}

/** Messages are known by their `keys`, which every message of a run has for itself. */
export class Ledger {
  readonly #entries = new Map<string, Entry>();
  readonly #ambiguousByMsgId = new Map<string, number>();
  #acknowledged = 0;
  #settled = 0;

  get offered(): number {
    return this.#entries.size;
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Handed in and without an outcome yet. */
  get open(): number {
    return this.#entries.size - this.#settled;
  }

  /** Before the message is handed to the library. */
  offer(message: Message<unknown>): void {
    const id = idOf(message);
    if (this.#entries.has(id)) throw new Error(`the workload made ${id} twice`);
    this.#entries.set(id, {
      sent: recordOf(message),
      outcomes: 0,
      receipt: undefined,
      stored: undefined,
      ambiguousAttempts: 0,
    });
  }

  /** An attempt failed and another one follows. */
  attemptFailed(msgId: string, stored: 'no' | 'maybe'): void {
    if (stored === 'maybe') this.#ambiguousByMsgId.set(msgId, (this.#ambiguousByMsgId.get(msgId) ?? 0) + 1);
  }

  settle(outcome: SendOutcome): void {
    const id = idOf(outcome.message);
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new Error(`an outcome for ${id}, which was never handed in`);
    entry.outcomes++;
    this.#settled++;
    if (outcome.ok) {
      this.#acknowledged++;
      const { msgId, offsetMsgId, queue, queueOffset } = outcome;
      entry.receipt = { msgId, offsetMsgId, queue, queueOffset };
    } else {
      entry.stored = outcome.stored;
      entry.ambiguousAttempts = outcome.attempts.filter((attempt) => attempt.error.stored === 'maybe').length;
    }
  }

  /** Compares with everything that was read back from the topics of this run. */
  close(stored: readonly StoredMessage[]): Verdict {
    const copies = new Map<string, StoredMessage[]>();
    for (const copy of stored) {
      const id = copy.properties['KEYS'] ?? '';
      const others = copies.get(id);
      if (others === undefined) copies.set(id, [copy]);
      else others.push(copy);
    }
    const entries = [...this.#entries];
    const idsWhere = (holds: (entry: Entry, copies: readonly StoredMessage[]) => boolean): string[] =>
      entries.flatMap(([id, entry]) => (holds(entry, copies.get(id) ?? []) ? [id] : []));
    const countWhere = (holds: (entry: Entry) => boolean): number => idsWhere(holds).length;
    return {
      offered: entries.length,
      acknowledged: countWhere((entry) => entry.receipt !== undefined),
      refused: countWhere((entry) => entry.stored === 'no'),
      unknown: countWhere((entry) => entry.stored === 'maybe'),
      stored: stored.length,
      withoutOneOutcome: idsWhere((entry) => entry.outcomes !== 1),
      lost: entries.flatMap(([id, entry]) => whyLost(id, entry, copies.get(id) ?? [])),
      altered: entries.flatMap(([id, { sent }]) =>
        (copies.get(id) ?? []).flatMap((copy) => differencesFrom(sent, copy).map((line) => `${id}: ${line}`)),
      ),
      strangers: [...copies.keys()].filter((id) => !this.#entries.has(id)),
      storedAgainstNo: idsWhere((entry, found) => entry.stored === 'no' && found.length > 0),
      excessCopies: idsWhere((entry, found) => found.length > this.#copiesAllowed(entry)),
      severalKeys: idsWhere((_, found) => new Set(found.map((copy) => copy.msgId)).size > 1),
      duplicated: idsWhere((_, found) => found.length > 1),
    };
  }

  /** One for the acknowledged attempt, one for each that may have been stored. */
  #copiesAllowed({ receipt, ambiguousAttempts }: Entry): number {
    return receipt === undefined ? ambiguousAttempts : 1 + (this.#ambiguousByMsgId.get(receipt.msgId) ?? 0);
  }
}

function idOf(message: Message<unknown>): string {
  if (typeof message.keys !== 'string') throw new Error('a message of a run has one string of keys');
  return message.keys;
}

function whyLost(id: string, { receipt }: Entry, copies: readonly StoredMessage[]): string[] {
  if (receipt === undefined) return [];
  if (copies.length === 0) return [`${id}: not stored at all`];
  const differences = copies.map((copy) => differencesFromReceipt(receipt, copy));
  return differences.some((lines) => lines.length === 0) ? [] : [`${id}: ${differences.flat().join(', ')}`];
}
