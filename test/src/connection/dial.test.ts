import { createTcpDial, type Transport, type TransportReceiver } from '../../../src/connection/dial.js';
import { closedPort, LoopbackServer } from './loopback-server.js';

/** Notes what a transport tells, and lets the test wait for it. */
class Receiver implements TransportReceiver {
  readonly events: string[] = [];
  received = Buffer.alloc(0);
  cause: Error | undefined;
  #waiting: { readonly event: string; readonly resolve: () => void }[] = [];

  onOpen(): void {
    this.#note('open');
  }
  onBytes(bytes: Buffer): void {
    this.received = Buffer.concat([this.received, bytes]);
    this.#note('bytes');
  }
  onTaken(): void {
    this.#note('taken');
  }
  onLost(cause: Error | undefined): void {
    this.cause = cause;
    this.#note('lost');
  }

  async until(event: string): Promise<void> {
    if (this.events.includes(event)) return;
    await new Promise<void>((resolve) => this.#waiting.push({ event, resolve }));
  }

  #note(event: string): void {
    this.events.push(event);
    for (const waiting of this.#waiting) if (waiting.event === event) waiting.resolve();
  }
}

let server: LoopbackServer;
let transport: Transport | undefined;

beforeEach(async () => {
  server = await LoopbackServer.listen();
});
afterEach(async () => {
  transport?.destroy();
  await server.close();
});

async function dialServer(address = server.address) {
  const receiver = new Receiver();
  const accepted = server.nextSocket();
  transport = createTcpDial()(address, receiver);
  expect(receiver.events).toEqual([]);
  const socket = await accepted;
  await receiver.until('open');
  return { receiver, socket, transport };
}

test('bytes go both ways, and it is told when the kernel has taken a write', async () => {
  const { receiver, socket, transport } = await dialServer();
  socket.removeAllListeners('data');
  const echoed = new Promise<void>((resolve) => {
    socket.on('data', (bytes) => socket.write(bytes, () => resolve()));
  });
  transport.write([Buffer.from('one '), Buffer.from('two '), Buffer.from('three')]);
  await receiver.until('taken');
  await echoed;
  await receiver.until('bytes');
  expect(receiver.received.toString()).toBe('one two three');
  expect(receiver.events.filter((event) => event === 'taken').length).toBe(1);
});

test('names are resolved', async () => {
  const { receiver } = await dialServer(`localhost:${server.port}`);
  expect(receiver.events).toEqual(['open']);
});

test('a server that ends in order is told apart from one that resets', async () => {
  const ended = await dialServer();
  ended.socket.end();
  await ended.receiver.until('lost');
  expect(ended.receiver.cause).toBeUndefined();

  const reset = await dialServer();
  reset.socket.resetAndDestroy();
  await reset.receiver.until('lost');
  expect(reset.receiver.cause?.message).toContain('ECONNRESET');
});

test('what the server sent before it ended arrives first', async () => {
  const { receiver, socket } = await dialServer();
  socket.end(Buffer.alloc(300_000, 'x'));
  await receiver.until('lost');
  expect(receiver.received.length).toBe(300_000);
  expect(receiver.events.at(-1)).toBe('lost');
});

test('a refused connection is lost without having been open', async () => {
  const receiver = new Receiver();
  transport = createTcpDial()(`127.0.0.1:${await closedPort()}`, receiver);
  await receiver.until('lost');
  expect(receiver.events).toEqual(['lost']);
  expect(receiver.cause?.message).toContain('ECONNREFUSED');
});

test('an address that cannot be read is refused at once', () => {
  expect(() => createTcpDial()('nonsense', new Receiver())).toThrow('host:port');
});

test('destroyed, it tells nothing more, whatever the server does', async () => {
  const { receiver, socket, transport } = await dialServer();
  socket.write('unread');
  transport.write([Buffer.from('x')]);
  transport.destroy();
  await new Promise((resolve) => socket.once('close', resolve));
  expect(receiver.events).toEqual(['open']);
});

test('destroyed while it dials, it tells nothing at all', async () => {
  const receiver = new Receiver();
  const accepted = server.nextSocket();
  const dialing = createTcpDial()(server.address, receiver);
  dialing.destroy();
  const other = await dialServer();
  expect(receiver.events).toEqual([]);
  other.transport.destroy();
  await accepted;
});

test('unref’d, it does not keep the process alive', async () => {
  const held = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  const { transport } = await dialServer();
  const before = held();
  transport.unref();
  expect(held()).toBe(before - 1);
  transport.ref();
  expect(held()).toBe(before);
});
