/** A raw TCP server on a loopback port: it does to its sockets what the test says, and nothing by itself. */
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { FrameReader } from '../../../src/connection/frame-reader.js';
import type { Command } from '../../../src/protocol/command.js';

export class LoopbackServer {
  readonly sockets: Socket[] = [];
  readonly #server: Server;
  #onRequest: (request: Command, socket: Socket) => void = () => undefined;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.sockets.push(socket);
      socket.setNoDelay(true);
      const reader = new FrameReader((frame) => this.#onRequest(frame.toCommand(), socket));
      socket.on('data', (bytes) => reader.push(bytes));
      socket.on('error', () => undefined);
    });
  }

  static async listen(port = 0): Promise<LoopbackServer> {
    const server = createServer();
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return new LoopbackServer(server);
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    return address.port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** What it does with each whole request. */
  onRequest(callback: (request: Command, socket: Socket) => void): void {
    this.#onRequest = callback;
  }

  /** The next connection. */
  async nextSocket(): Promise<Socket> {
    const [socket]: Socket[] = await once(this.#server, 'connection');
    if (socket === undefined) throw new Error('a connection without a socket');
    return socket;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A port on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = await LoopbackServer.listen();
  const { port } = server;
  await server.close();
  return port;
}
