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
  /** Calls `act` when its connection closes. */
  whenClosed(act: () => void): void;
  /** Sends a request to the client, as a broker does that asks about a transaction. */
  sendRequest(request: Pick<Command, 'code' | 'opaque'> & Partial<Command>): void;
  /** Asks the client something; resolves with the code of its answer, undefined where none comes within `limitMs`. */
  ask(request: Pick<Command, 'code'> & Partial<Command>, limitMs: number): Promise<number | undefined>;
}
