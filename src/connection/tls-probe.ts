/**
 * Finds out why a server hangs up on plain text without a word: whether it wants TLS. Only for the error message; nothing
 * is sent but a handshake, and nobody is trusted.
 */
import { connect } from 'node:tls';
import type { Clock } from '../time/clock.js';
import { parseServerAddress } from './server-address.js';
import { createSharedLookup } from './shared-lookup.js';

const PROBE_MS = 500;

/** Resolves within half a second, never rejects; false also where it cannot be found out. */
export function wantsTls(address: string, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const { host, port } = parseServerAddress(address);
    const socket = connect({ host, port, lookup: createSharedLookup(), rejectUnauthorized: false });
    const end = (answer: boolean): void => {
      late.unsubscribe();
      socket.destroy();
      resolve(answer);
    };
    const late = clock.after(PROBE_MS, () => end(false));
    socket.once('secureConnect', () => end(true));
    // An alert, for example about a missing client certificate, comes from somebody who speaks TLS.
    socket.on('error', (error: Error) => end(error.message.includes('alert')));
    socket.once('close', () => end(false));
  });
}
