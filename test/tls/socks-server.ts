/** A SOCKS5 proxy for tests: CONNECT only, with or without a password, and it can refuse. Notes where it was asked to go. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface SocksServerOptions {
  readonly username?: string;
  readonly password?: string;
  /** The code of the answer to every request; default 0, after which it connects. */
  readonly refuseWith?: number;
  /** Says nothing at all. */
  readonly isSilent?: boolean;
}

const VERSION = 5;
const NO_AUTH = 0;
const PASSWORD = 2;
const NOTHING_ACCEPTABLE = 0xff;
const HOST_NAME = 3;

export class SocksServer {
  /** `host:port`, as clients asked for them. */
  readonly destinations: string[] = [];
  readonly #options: SocksServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(options: SocksServerOptions) {
    this.#options = options;
    this.#server = createServer((socket) => {
      this.#track(socket);
      this.#serve(socket).catch(() => socket.destroy());
    });
  }

  static async listen(options: SocksServerOptions = {}): Promise<SocksServer> {
    const proxy = new SocksServer(options);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get address(): string {
    const bound = this.#server.address();
    if (bound === null || typeof bound === 'string') throw new Error('not listening');
    return `127.0.0.1:${bound.port}`;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(socket: Socket): Promise<void> {
    if (this.#options.isSilent === true) return;
    const read = reader(socket);
    const [, methodCount = 0] = await read(2);
    const methods = await read(methodCount);
    const { username, password, refuseWith = 0 } = this.#options;
    const method = username === undefined ? NO_AUTH : PASSWORD;
    if (!methods.includes(method)) {
      socket.end(Buffer.of(VERSION, NOTHING_ACCEPTABLE));
      return;
    }
    socket.write(Buffer.of(VERSION, method));
    if (method === PASSWORD) {
      const [, nameLength = 0] = await read(2);
      const name = (await read(nameLength)).toString();
      const [wordLength = 0] = await read(1);
      const word = (await read(wordLength)).toString();
      const isRight = name === username && word === password;
      socket.write(Buffer.of(1, isRight ? 0 : 1));
      if (!isRight) {
        socket.end();
        return;
      }
    }
    const [, , , kind] = await read(4);
    const host = kind === HOST_NAME ? (await read((await read(1))[0] ?? 0)).toString() : (await read(4)).join('.');
    const port = (await read(2)).readUInt16BE();
    this.destinations.push(`${host}:${port}`);
    const answer = Buffer.of(VERSION, refuseWith, 0, 1, 0, 0, 0, 0, 0, 0);
    if (refuseWith !== 0) {
      socket.end(answer);
      return;
    }
    const server = connect(port, host === 'rocketmq.test' ? '127.0.0.1' : host);
    this.#track(server);
    await once(server, 'connect');
    socket.write(answer);
    socket.pipe(server).pipe(socket);
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

/** Reads exactly so many bytes. */
function reader(socket: Socket): (bytes: number) => Promise<Buffer> {
  return async (bytes) => {
    for (;;) {
      const chunk: unknown = bytes === 0 ? Buffer.alloc(0) : socket.read(bytes);
      if (Buffer.isBuffer(chunk)) return chunk;
      if (socket.readableEnded || socket.destroyed) throw new Error('the client hung up');
      await once(socket, 'readable');
    }
  };
}
