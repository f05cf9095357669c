/**
 * Dials through a SOCKS5 proxy, plainly or with TLS to the server behind it. The `socks` library speaks with the proxy;
 * which proxy it is, is `socks-proxies.ts`. The proxy resolves names. The library is loaded with the first connection to
 * a proxy: who has none never needs it.
 */
import { connect, type Socket } from 'node:net';
import type { SocksClient } from 'socks';
import type { Sealed } from '../access/sealed.js';
import { createError, type RocketMQError } from '../errors/rocketmq-error.js';
import { type Dial, SocketTransport, type Transport, type TransportReceiver } from './dial.js';
import { parseServerAddress } from './server-address.js';
import { createSharedLookup } from './shared-lookup.js';
import { type SocksProxy, SocksProxies, type SocksProxiesGiven } from './socks-proxies.js';

/** Makes a transport of a socket that is connected to `address`. */
export type OverSocket = (socket: Socket, address: string, receiver: TransportReceiver) => Transport;

/** The library's own limit, behind the connection's; its timer keeps no process alive, but it keeps what it is about. */
const LIBRARY_LIMIT_MS = 10_000;

const ignore = (): void => undefined;

/** Plain, over the socket as it is. */
export const plainOver: OverSocket = (socket, _address, receiver) => {
  socket.on('data', (bytes) => receiver.onBytes(bytes));
  // Not before the transport is there to be written to.
  process.nextTick(() => {
    if (!socket.destroyed) receiver.onOpen();
  });
  return new SocketTransport(socket, receiver);
};

/** Through the proxy of the server's network, and by `direct` where it has none. */
export function createSocksDial(given: Sealed<SocksProxiesGiven>, direct: Dial, over: OverSocket): Dial {
  const proxies = new SocksProxies(given.open());
  const lookup = createSharedLookup();
  return (address, receiver) => {
    const { host } = parseServerAddress(address);
    const proxy = proxies.proxyFor(host);
    if (proxy === undefined) return direct(address, receiver);
    const socket = connect({ ...parseServerAddress(proxy.address), lookup });
    return new ProxiedTransport(socket, proxy, address, receiver, over);
  };
}

/** First the way to the proxy, then the negotiation with it, then what `over` makes of the socket. */
class ProxiedTransport implements Transport {
  readonly #socket: Socket;
  #inner: Transport | undefined;
  #isUnref = false;
  #isDestroyed = false;

  constructor(socket: Socket, proxy: SocksProxy, address: string, receiver: TransportReceiver, over: OverSocket) {
    this.#socket = socket;
    const fail = (why: string): void => {
      if (this.#isDestroyed) return;
      this.destroy();
      receiver.onLost(proxyFailed(proxy, address, why));
    };
    const failEarly = (error: Error): void => fail(`the proxy cannot be reached: ${error.message}`);
    socket.once('error', failEarly);
    socket.once('connect', () => {
      const negotiate = (client: SocksClient): void => {
        if (this.#isDestroyed) return;
        socket.removeListener('error', failEarly);
        // Its errors carry the password of the proxy: nothing but the text is passed on.
        client.on('error', (error) => fail(error.message));
        client.once('established', () => {
          if (this.#isDestroyed) return;
          try {
            this.#inner = over(socket, address, receiver);
          } catch (error) {
            this.destroy();
            receiver.onLost(error instanceof Error ? error : new Error(String(error)));
            return;
          }
          if (this.#isUnref) this.#inner.unref();
        });
        client.connect(socket);
      };
      negotiation(proxy, address).then(negotiate, (error: unknown) =>
        fail(`the package socks cannot be loaded: ${error instanceof Error ? error.message : String(error)}`),
      );
    });
  }

  get isSecure(): boolean {
    return this.#inner?.isSecure ?? false;
  }

  write(chunks: readonly Uint8Array[]): void {
    this.#inner?.write(chunks);
  }

  ref(): void {
    this.#isUnref = false;
    (this.#inner ?? this.#socket).ref();
  }

  unref(): void {
    this.#isUnref = true;
    (this.#inner ?? this.#socket).unref();
  }

  destroy(): void {
    this.#isDestroyed = true;
    this.#inner?.destroy();
    this.#socket.removeAllListeners().once('error', ignore).destroy();
  }
}

async function negotiation({ address, username, password }: SocksProxy, destination: string): Promise<SocksClient> {
  const { SocksClient } = await import('socks');
  const proxy = parseServerAddress(address);
  return new SocksClient({
    command: 'connect',
    destination: parseServerAddress(destination),
    timeout: LIBRARY_LIMIT_MS,
    proxy: {
      ...proxy,
      type: 5,
      ...(username !== undefined && { userId: username }),
      ...(password !== undefined && { password }),
    },
  });
}

const proxyFailed = (proxy: SocksProxy, address: string, why: string): RocketMQError =>
  createError('RMQ_PROXY_FAILED', `${address} cannot be reached through the proxy ${proxy.address}: ${why}`, {
    detail: { address, proxy: proxy.address },
  });
