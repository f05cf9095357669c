/**
 * TLS at an embedded server, on the port where plain text is spoken too: the first byte of a connection tells which it
 * is, as at real ones. What is said on the connection is not its matter.
 * Source: TlsMode.java, NettyRemotingServer.HandshakeHandler (5.5.0).
 */
import type { Socket } from 'node:net';
import { createServer, type Server } from 'node:tls';

/** How servers speak TLS. Keys and certificates are PEM, and the caller's. */
export interface ServerTlsOptions {
  readonly key: string | Buffer;
  readonly cert: string | Buffer;
  /** Who has signed the certificates of clients. */
  readonly ca?: string | Buffer | undefined;
  /** Default `'none'`, as tls.server.need.client.auth. */
  readonly clientAuth?: 'none' | 'require' | undefined;
  /** `'permissive'` (default) takes plain text as well, `'enforcing'` hangs up on it, as tls.server.mode. */
  readonly mode?: 'permissive' | 'enforcing' | undefined;
}

/** The first byte of a handshake record. */
const HANDSHAKE = 0x16;

const ignore = (): void => undefined;

export class ServerTls {
  readonly #takesPlainText: boolean;
  readonly #accept: (socket: Socket) => void;
  /** Does the handshakes; it listens to nothing. */
  readonly #handshakes: Server;
  /** As they came, until they are closed. */
  readonly #sockets = new Set<Socket>();

  /** `accept` gets each connection that can be spoken on. Throws what OpenSSL says of a key that cannot be used. */
  constructor({ key, cert, ca, clientAuth = 'none', mode }: ServerTlsOptions, accept: (socket: Socket) => void) {
    const isRequired = clientAuth === 'require';
    const trust = { requestCert: isRequired, rejectUnauthorized: isRequired };
    this.#takesPlainText = mode !== 'enforcing';
    this.#accept = accept;
    this.#handshakes = createServer({ key, cert, ...(ca !== undefined && { ca }), ...trust }, accept);
  }

  /** A connection whose first byte will say what it is. */
  receive(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    // What goes wrong is the client's business.
    socket.on('error', ignore);
    socket.once('data', (first) => {
      socket.pause();
      socket.unshift(first);
      if (first[0] === HANDSHAKE) this.#handshakes.emit('connection', socket);
      else if (this.#takesPlainText) this.#accept(socket);
      else socket.destroy();
    });
  }

  /** Ends every connection, also those in the middle of a handshake. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
