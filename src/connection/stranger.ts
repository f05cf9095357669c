/**
 * Recognises who answers at an address where no RocketMQ server is, by the first bytes; only for the error message. The
 * bytes themselves are never quoted.
 */

interface Stranger {
  readonly begins: readonly number[];
  readonly hint: string;
}

const ascii = (text: string): readonly number[] => [...Buffer.from(text, 'latin1')];

const strangers: readonly Stranger[] = [
  { begins: ascii('HTTP'), hint: 'it answers in HTTP' },
  { begins: ascii('SSH-'), hint: 'it is an SSH server' },
  // A TLS record: alert or handshake, then the major version.
  { begins: [0x15, 0x03], hint: 'it speaks TLS' },
  { begins: [0x16, 0x03], hint: 'it speaks TLS' },
];

/** What the peer seems to be; undefined where the bytes say nothing. */
export function recognizeStranger(bytes: Uint8Array): string | undefined {
  return strangers.find(({ begins }) => begins.every((byte, index) => bytes[index] === byte))?.hint;
}

/** SETTINGS, with which an HTTP/2 server opens, and GOAWAY, by which it refuses. */
const HTTP2_FRAMES: ReadonlySet<number | undefined> = new Set([4, 7]);

/**
 * What a gRPC server seems to be; undefined where the bytes say nothing. An HTTP/2 server opens with a frame of stream 0:
 * 3 bytes of length, its type, no flags. Read as a frame of ours that is one with an empty header, so it has to be asked
 * for apart. A proxy of 5.x in local mode names its gRPC port as the address of its broker.
 */
export function recognizeHttp2(bytes: Uint8Array): string | undefined {
  const isHttp2 = bytes[0] === 0 && HTTP2_FRAMES.has(bytes[3]) && bytes.subarray(4, 8).every((byte) => byte === 0);
  return isHttp2
    ? 'it speaks HTTP/2, as gRPC servers do; remoting clients need the name server of the brokers, or the remoting port of a proxy in cluster mode'
    : undefined;
}
