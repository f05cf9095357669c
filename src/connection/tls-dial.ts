/**
 * TLS in place of plain TCP: the same transport, open when the handshake is done and the server is who it should be. One
 * deadline over everything is the caller's matter.
 */
import { isIP, type Socket } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { messageOf } from '../callbacks/thrown.js';
import type { Sealed } from '../access/sealed.js';
import { ambientContext, type CallbackContext } from '../callbacks/async-context.js';
import { createError } from '../errors/rocketmq-error.js';
import { type Dial, readingTo, SocketTransport, type Transport, type TransportReceiver } from './dial.js';
import { parseServerAddress } from './server-address.js';
import { createSharedLookup } from './shared-lookup.js';
import { isAboutTls, tlsFailure } from './tls-failure.js';
import { tlsOptionsProblem } from './tls-options.js';

/** What may be said about TLS; `true` trusts who Node trusts. A function is called at each dial. */
export type TlsGiven = true | ConnectionOptions | (() => ConnectionOptions);

/** Whatever the caller says about these, they are the connection's. */
const OURS = { host: undefined, port: undefined, path: undefined, socket: undefined } as const;

/** TLS over TCP. A certificate that was replaced is used from the next dial on, where `given` is a function. */
export function createTlsDial(given: Sealed<TlsGiven>, context: CallbackContext = ambientContext): Dial {
  const lookup = createSharedLookup();
  return (address, receiver) => {
    const { host, port } = parseServerAddress(address);
    const options = { ...optionsOf(given, context, address, host), host, port, lookup, onread: readingTo(receiver) };
    return secured(address, receiver, () => connect(options));
  };
}

/** TLS over a socket that is connected to `address` already. */
export function tlsOver(
  given: Sealed<TlsGiven>,
  context: CallbackContext = ambientContext,
): (socket: Socket, address: string, receiver: TransportReceiver) => Transport {
  return (socket, address, receiver) => {
    const { host } = parseServerAddress(address);
    const options = { ...optionsOf(given, context, address, host), host, socket };
    return secured(
      address,
      receiver,
      () => connect(options).on('data', (bytes: Buffer) => receiver.onBytes(bytes)),
      true,
    );
  };
}

function secured(address: string, receiver: TransportReceiver, open: () => TLSSocket, isConnected = false): Transport {
  const socket = attempt(address, 'the tls options cannot be used', open);
  let handshakeBegan = isConnected;
  let isDone = false;
  socket.once('connect', () => (handshakeBegan = true));
  socket.once('secureConnect', () => (isDone = true));
  return new SocketTransport(socket, receiver, {
    opensWith: 'secureConnect',
    // Before, it is the network's matter; afterwards only what TLS itself says: TLS 1.3 clients are refused late.
    explain: (cause) => {
      const isTls = (handshakeBegan && !isDone) || (cause !== undefined && isAboutTls(cause));
      return isTls ? tlsFailure(address, cause) : cause;
    },
  });
}

function optionsOf(
  given: Sealed<TlsGiven>,
  context: CallbackContext,
  address: string,
  host: string,
): ConnectionOptions {
  const options = given.open();
  const told =
    typeof options === 'function' ? attempt(address, 'the tls function threw', () => context.run(options)) : options;
  const own = told === true ? {} : told;
  const problem = tlsOptionsProblem(own);
  if (problem !== undefined) throw tlsUnusable(address, `the tls options cannot be used: ${problem}`);
  // Servers with several certificates choose by the name; an address is none.
  const servername = own.servername ?? (isIP(host) === 0 ? host : undefined);
  return { ...own, ...OURS, ...(servername !== undefined && { servername }) };
}

function attempt<T>(address: string, what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw tlsUnusable(address, `${what}: ${messageOf(error)}`, error);
  }
}

const tlsUnusable = (address: string, what: string, cause?: unknown): Error =>
  createError('RMQ_TLS_FAILED', `no TLS with ${address}: ${what}`, { detail: { address }, cause });
