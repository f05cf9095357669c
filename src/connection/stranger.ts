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

/**
 * An HTTP/2 server opens with a SETTINGS frame: 3 bytes of length, then type 4, no flags, stream 0. Read as a frame of
 * ours that is a small one with an empty header, so it has to be asked for apart.
 */
export function looksLikeHttp2(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && bytes[3] === 4 && bytes.subarray(4, 8).every((byte) => byte === 0);
}
