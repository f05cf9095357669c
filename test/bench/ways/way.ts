/** What a way of sending is given: where to, what, and whom to report each outcome to. */
import type { Case } from '../cases/case.js';
import type { MessageSource } from './message-source.js';

export interface Run {
  readonly measured: Case;
  readonly nameServers: string;
  readonly source: MessageSource;
  /** Counts a message that has its receipt; `sentAt` is the context of the message. */
  settled(sentAt: number): void;
}

/** Sends all messages of the source; resolves when each has its receipt. */
export type Way = (run: Run) => Promise<void>;
