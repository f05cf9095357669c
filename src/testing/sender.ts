/**
 * Who sent a request, as far as a server asks.
 */
export interface Sender {
  /** `host:port`. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** MQVersion ordinal, as the request tells it. */
  readonly clientVersion: number;
}
