/**
 * Stored messages as tests want to see them. Where they come from, the memory of an embedded broker or the wire, makes
 * no difference; how they are decoded is `protocol/decoded-message.ts`.
 */
import { type DecodedMessage, decodeMessage } from '../protocol/decoded-message.js';
import type { StoredMessage } from '../protocol/stored-message.js';
import { messagesIn } from './batch-record.js';

/** A message as a broker stores it. */
export interface ReadMessage extends DecodedMessage {
  /** As its producer handed it in: inflated if it was stored compressed. A view; do not write to it. */
  readonly body: Buffer;
  /** Tells how the body was stored; see the protocol. */
  readonly sysFlag: number;
}

/** Decodes one record of what a broker stores: a message, or a batch of them. Throws as `decodeMessage` does. */
export function toReadMessages(record: StoredMessage, brokerName: string): ReadMessage[] {
  return messagesIn(record).map((stored) => ({
    ...decodeMessage(stored, stored.topic, brokerName),
    sysFlag: stored.sysFlag,
  }));
}
