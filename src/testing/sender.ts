/**
 * Who sent a request, as far as a server asks, and the way back to it.
 */
import type { Command } from '../protocol/command.js';

export interface Sender {
  /** `host:port`. */
  readonly remoteAddress: string;
  readonly remoteHost: string;
  readonly remotePort: number;
  /** MQVersion ordinal, as the request tells it. */
  readonly clientVersion: number;
  /** Its connection is there. */
  readonly isOpen: boolean;
  /** Sends a request to the client, as a broker does that asks about a transaction. */
  sendRequest(request: Pick<Command, 'code' | 'opaque'> & Partial<Command>): void;
}
