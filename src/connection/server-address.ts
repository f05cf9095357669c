/** Reads `host:port` as RocketMQ writes addresses. Names are not resolved here; that is done anew at each dial. */
import { createError } from '../errors/rocketmq-error.js';

export interface ServerAddress {
  /** A name or an IP address, without the brackets that an IPv6 address has in a text. */
  readonly host: string;
  readonly port: number;
}

/**
 * The parts before and after the LAST `:`, so `[::1]:9876`, `::1:9876` and `mq.example:9876` are all understood. Throws
 * RMQ_CONNECT_FAILED for anything that is no address: no host, no port, a port out of range, blanks.
 */
export function parseServerAddress(address: string): ServerAddress {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, Math.max(colon, 0)).replace(/^\[(.*)\]$/, '$1');
  const portText = address.slice(colon + 1);
  const port = Number(portText);
  if (/^[^\s[\]]+$/.test(host) && /^\d{1,5}$/.test(portText) && port >= 1 && port <= 65_535) {
    return { host, port };
  }
  throw createError('RMQ_CONNECT_FAILED', `'${address}' is not an address of the form host:port`, {
    detail: { address },
  });
}
