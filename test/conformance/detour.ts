/** A way to a server that can be made slow, or cut at one end: for what the network does to a client. It does not look at what passes. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class Detour {
  /** What comes back from the server is held up for so long. */
  delayMs = 0;
  readonly address: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Both ends of what is joined, and the servers' ends that have lost their clients'. */
  readonly #joined = new Map<Socket, Socket>();
  readonly #orphans = new Set<Socket>();

  private constructor(server: Server, to: string) {
    this.#server = server;
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (client) => this.#join(client, to));
  }

  /** To `host:port`. */
  static async open(to: string): Promise<Detour> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Detour(server, to);
  }

  /** Every client loses its connection, and the server does not notice. */
  cutClients(): void {
    for (const [client, server] of this.#joined) {
      this.#joined.delete(client);
      this.#orphans.add(server);
      client.destroy();
    }
  }

  /** The server notices what `cutClients` did; resolves when the connections are closed. */
  async endCut(): Promise<void> {
    const ends = [...this.#orphans].map(async (server) => {
      if (server.destroyed) return;
      const closed = once(server, 'close');
      server.destroy();
      await closed;
    });
    this.#orphans.clear();
    await Promise.all(ends);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(client: Socket, to: string): void {
    const at = to.lastIndexOf(':');
    const server = connect(Number(to.slice(at + 1)), to.slice(0, at));
    this.#joined.set(client, server);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(one);
      const part = (): void => {
        this.#joined.delete(client);
        if (!this.#orphans.has(other)) other.destroy();
      };
      one.on('error', part);
      one.on('close', () => {
        this.#sockets.delete(one);
        part();
      });
    }
    client.on('data', (bytes) => server.write(bytes));
    server.on('data', (bytes) => void setTimeout(() => client.write(bytes), this.delayMs));
  }
}
