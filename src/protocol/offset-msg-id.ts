/**
 * Message ids that say where a message lies: address of the broker and offset in its commit log. Unique keys look the
 * same but say something else; no function here can tell them apart.
 * Source: MessageDecoder.java createMessageId, decodeMessageId (5.5.0).
 */
import { formatIpAddress, IPV4_BYTES, IPV6_BYTES, parseIpAddress } from './ip-address.js';
import { violation } from './violation.js';

/** One end of a connection, or the address of a broker. */
export interface HostAddress {
  /** An IP address; never a name. */
  readonly host: string;
  readonly port: number;
}

export interface OffsetMsgId extends HostAddress {
  readonly commitLogOffset: bigint;
}

/** 32 (IPv4) or 56 (IPv6) upper-case hexadecimal digits. */
export function formatOffsetMsgId({ host, port, commitLogOffset }: OffsetMsgId): string {
  const rest = Buffer.alloc(12);
  rest.writeInt32BE(port, 0);
  rest.writeBigInt64BE(commitLogOffset, 4);
  return Buffer.concat([parseIpAddress(host), rest])
    .toString('hex')
    .toUpperCase();
}

/** Throws RMQ_PROTOCOL_VIOLATION for a text that cannot be one. */
export function parseOffsetMsgId(id: string): OffsetMsgId {
  const bytes = Buffer.from(id, 'hex');
  const hostBytes = bytes.length - 12;
  if ((hostBytes !== IPV4_BYTES && hostBytes !== IPV6_BYTES) || bytes.length * 2 !== id.length) {
    throw violation('an offset message id is broken');
  }
  return {
    host: formatIpAddress(bytes.subarray(0, hostBytes)),
    port: bytes.readInt32BE(hostBytes),
    commitLogOffset: bytes.readBigInt64BE(hostBytes + 4),
  };
}
