/**
 * The seam between a connection and what carries its bytes, so that TLS and proxies can take the place of plain TCP, and
 * tests that of the network. Nothing here knows frames, requests or deadlines.
 */
import { connect, type OnReadOpts, type Socket } from 'node:net';
import { neutralContext } from '../callbacks/neutral-context.js';
import { parseServerAddress } from './server-address.js';
import { createSharedLookup } from './shared-lookup.js';

/** The way to one server, from the first name lookup on. */
export interface Transport {
  /** Nobody on the way can read what it carries. */
  readonly isSecure?: boolean | undefined;
  /** Hands the chunks to the kernel, which owns them until `onTaken`. Not before `onOpen`; one write at a time. */
  write(chunks: readonly Uint8Array[]): void;
  /** While it is ref'd, as it is at first, it keeps the process alive. */
  ref(): void;
  unref(): void;
  /** Ends it at once; the receiver hears nothing from then on, and nothing of it is left. */
  destroy(): void;
}

/** Who uses a transport. Nothing here may throw. */
export interface TransportReceiver {
  /** Bytes can be written. */
  onOpen(): void;
  /** The bytes are only lent: they are overwritten after the call. */
  onBytes(bytes: Buffer): void;
  /** The kernel has everything of the last write. */
  onTaken(): void;
  /** It is over, for the reason given; without one, the server ended it in order (FIN). The last call. */
  onLost(cause: Error | undefined): void;
}

/**
 * Begins to open the way to `address` (`host:port`). Calls the receiver only after it has returned. Throws
 * RMQ_CONNECT_FAILED for an address that cannot be read. How long it may take is the caller's matter: `destroy` ends it.
 */
export type Dial = (address: string, receiver: TransportReceiver) => Transport;

/** What one read can bring, as Node itself reads. */
const READ_BYTES = 64 * 1024;

/** Probes a quiet connection, so that firewalls do not forget it and a vanished server is noticed. */
const KEEP_ALIVE_MS = 30_000;

const ignore = (): void => undefined;

/** Where a socket puts what it reads: one buffer, because Node's own way allocates 64 KiB for each read. */
export function readingTo(receiver: TransportReceiver): OnReadOpts {
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  return {
    buffer,
    callback: (length: number): boolean => {
      receiver.onBytes(buffer.subarray(0, length));
      return true;
    },
  };
}

/** Plain TCP. Names are resolved at each dial, so that a server may move. */
export function createTcpDial(): Dial {
  const lookup = createSharedLookup();
  return (address, receiver) => {
    const socket = connect({ ...parseServerAddress(address), lookup, onread: readingTo(receiver) });
    return new SocketTransport(socket, receiver);
  };
}

/** How a socket tells that it can be used, and how its end is put into words. */
export interface SocketHabits {
  readonly opensWith?: 'connect' | 'secureConnect' | undefined;
  /** What the receiver is told. Default: the cause itself. */
  readonly explain?: ((cause: Error | undefined) => Error | undefined) | undefined;
}

/** A socket, plain or TLS, as a transport. Whoever made it sees to what it reads. */
export class SocketTransport implements Transport {
  readonly isSecure: boolean;
  readonly #socket: Socket;
  readonly #onWritten: (error?: Error | null) => void;

  constructor(socket: Socket, receiver: TransportReceiver, { opensWith = 'connect', explain }: SocketHabits = {}) {
    this.isSecure = opensWith === 'secureConnect';
    this.#socket = socket;
    this.#onWritten = (error) => {
      if (!error && !socket.destroyed) receiver.onTaken();
    };
    let cause: Error | undefined;
    const lost = (): void => {
      this.destroy();
      receiver.onLost(explain === undefined ? cause : explain(cause));
    };
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.once(opensWith, () => receiver.onOpen());
    socket.once('end', lost);
    socket.once('error', (error) => {
      cause = error;
    });
    socket.once('close', lost);
  }

  /** In the neutral context, because what follows a write, the next one among it, runs in the context of the write. */
  write(chunks: readonly Uint8Array[]): void {
    neutralContext.run(this.#write, chunks);
  }

  readonly #write = (chunks: readonly Uint8Array[]): void => {
    const last = chunks.length - 1;
    if (last > 0) this.#socket.cork();
    for (const [index, chunk] of chunks.entries()) {
      this.#socket.write(chunk, index === last ? this.#onWritten : undefined);
    }
    if (last > 0) this.#socket.uncork();
  };

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  destroy(): void {
    // An error may still be on its way, and without a listener it would end the process.
    this.#socket.removeAllListeners().once('error', ignore).destroy();
  }
}
