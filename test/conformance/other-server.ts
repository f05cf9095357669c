/** Servers that are no RocketMQ, for what a producer makes of them. They run beside the target. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** On loopback, for as long as `use` takes; `serve` gets each connection. */
export async function withServer(
  serve: (socket: Socket) => void,
  use: (address: string) => Promise<void>,
): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    await use(`127.0.0.1:${port}`);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}
