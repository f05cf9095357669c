/** What depends on real sockets: half frames, resets, a blocked event loop. Time and states are in connection.test.ts. */
import type { Socket } from 'node:net';
import { Connection } from '../../../src/connection/connection.js';
import { ConnectionCounters } from '../../../src/connection/connection-counters.js';
import { createTcpDial } from '../../../src/connection/dial.js';
import { createError } from '../../../src/errors/rocketmq-error.js';
import { Clock } from '../../../src/time/clock.js';
import { DeadlineSweep } from '../../../src/time/deadline-sweep.js';
import { answerTo, frameOf, outgoing, Waiting } from './frames.js';
import { closedPort, LoopbackServer } from './loopback-server.js';
import { startAnsweringWorker, startHangingWorker } from './worker-servers.js';

const clock = new Clock();
const sweep = new DeadlineSweep(clock);
const counters = new ConnectionCounters();
const connections: Connection[] = [];
const listener = {
  onOpen: () => undefined,
  onClosed: () => undefined,
  onGoAway: () => undefined,
  onServerRequest: () => undefined,
};

function dial(address: string, connectTimeoutMs = 3000): Connection {
  const surroundings = { clock, sweep, dial: createTcpDial(), connectTimeoutMs, counters };
  const connection = new Connection(address, surroundings, listener);
  connections.push(connection);
  connection.open();
  return connection;
}

function send(connection: Connection, timeoutMs = 10_000): Waiting {
  const exchange = new Waiting(clock.now() + timeoutMs);
  connection.request(outgoing(310, 100), exchange);
  return exchange;
}

/** Closed whatever becomes of the test: a worker that goes on listening would keep the test process alive. */
const servers: { close(): Promise<void> }[] = [];

async function opened<S extends { close(): Promise<void> }>(starting: Promise<S>): Promise<S> {
  const server = await starting;
  servers.push(server);
  return server;
}

afterEach(async () => {
  for (const connection of connections.splice(0)) connection.close(createError('RMQ_CLOSED', 'the test is over'));
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

describe('with a server', () => {
  let server: LoopbackServer;
  beforeEach(async () => {
    server = await opened(LoopbackServer.listen());
  });

  test('requests are answered, in any order', async () => {
    const requests: number[] = [];
    server.onRequest(({ opaque }, socket) => {
      requests.push(opaque);
      if (requests.length === 100) socket.write(Buffer.concat(requests.reverse().map((number) => answerTo(number))));
    });
    const connection = dial(server.address);
    const exchanges = Array.from({ length: 100 }, () => send(connection));
    await Promise.all(exchanges.map(({ ended }) => ended));
    expect(exchanges.map(({ answers }) => answers[0]?.opaque)).toEqual(exchanges.map((_, n) => n));
  });

  test('an answer that arrives byte by byte is one answer', async () => {
    server.onRequest(({ opaque }, socket) => {
      const bytes = answerTo(opaque, { body: Buffer.from('slowly') });
      const drip = (at: number): void => {
        if (at === bytes.length) return;
        socket.write(bytes.subarray(at, at + 1), () => setImmediate(drip, at + 1));
      };
      drip(0);
    });
    const exchange = send(dial(server.address));
    await exchange.ended;
    expect(exchange.answers[0]?.body?.toString()).toBe('slowly');
  });

  const answerBytes = answerTo(0, { body: Buffer.alloc(20) });
  const cuts = Array.from({ length: answerBytes.length }, (_, at) => at);

  test.each([
    ['in order (FIN)', (socket: Socket) => socket.end()],
    ['with a reset (RST)', (socket: Socket) => socket.resetAndDestroy()],
  ])('a connection that ends %s fails its request at once, wherever the answer was cut', async (_how, endIt) => {
    server.onRequest((_request, socket) => {
      const at = cuts[server.sockets.indexOf(socket)] ?? 0;
      if (at === 0) endIt(socket);
      else socket.write(answerBytes.subarray(0, at), () => endIt(socket));
    });
    for (const _ of cuts) {
      const exchange = send(dial(server.address));
      await exchange.ended;
      expect(exchange.fate).toBe('RMQ_CONNECTION_LOST maybe');
    }
  });

  test('a connection that ends behind a whole answer answers that request and fails the others', async () => {
    server.onRequest(({ opaque }, socket) => {
      if (opaque === 0) socket.end(answerTo(0));
    });
    const connection = dial(server.address);
    const [answered, other] = [send(connection), send(connection)];
    await other.ended;
    expect([answered.fate, other.fate]).toEqual(['answered', 'RMQ_CONNECTION_LOST maybe']);
  });

  test('a server killed in the middle of a request fails what was handed over as maybe, the rest as not stored', async () => {
    const accepted = server.nextSocket();
    const connection = dial(server.address);
    (await accepted).pause();
    const exchanges: Waiting[] = [];
    // Larger than all socket buffers together, so that the last write is under way for as long as nobody reads.
    for (let n = 0; n < 12; n++) {
      const exchange = new Waiting(clock.now() + 10_000);
      exchanges.push(exchange);
      connection.request(outgoing(310, 1024 * 1024), exchange);
      await new Promise((resolve) => setImmediate(resolve));
    }
    server.sockets[0]?.resetAndDestroy();
    await exchanges.at(-1)?.ended;
    const fates = exchanges.map(({ fate }) => fate);
    expect(fates[0]).toBe('RMQ_CONNECTION_LOST maybe');
    expect(fates.at(-1)).toBe('RMQ_CONNECTION_LOST no');
    expect(new Set(fates)).toEqual(new Set(['RMQ_CONNECTION_LOST maybe', 'RMQ_CONNECTION_LOST no']));
    expect(fates).toEqual([...fates].sort());
  });

  test('a truncated answer and then silence: the deadline decides, and other requests go on being answered elsewhere', async () => {
    server.onRequest(({ opaque }, socket) => socket.write(answerTo(opaque).subarray(0, 30)));
    const exchange = send(dial(server.address), 200);
    await exchange.ended;
    expect(exchange.fate).toBe('RMQ_ATTEMPT_TIMEOUT maybe');
  });

  test.each([
    ['an HTTP answer', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), 'HTTP'],
    ['a TLS alert', Buffer.from('15030300020228', 'hex'), 'TLS'],
    ['an SSH banner', Buffer.from('SSH-2.0-OpenSSH_9.2\r\n'), 'SSH'],
    ['an HTTP/2 preface', Buffer.from('00001204000000000000', 'hex'), 'HTTP/2'],
    ['random bytes', Buffer.from('8d1f0a77c3e2b1', 'hex'), 'impossible length'],
  ])('%s ends it at once, with a hint', async (_what, bytes, hint) => {
    server.onRequest((_request, socket) => socket.write(bytes));
    const connection = dial(server.address);
    const exchange = send(connection);
    await exchange.ended;
    expect(exchange.fate).toBe('RMQ_PROTOCOL_VIOLATION maybe');
    expect(exchange.failures[0]?.message).toContain(hint);
    expect(connection.state).toBe('closed');
  });

  test('a request of the server can be answered on the connection', async () => {
    const answered = new Promise<number>((resolve) => {
      server.onRequest(({ flag, opaque }, socket) => {
        if (flag === 1) resolve(opaque);
        else socket.write(frameOf({ code: 307, opaque: 77 }));
      });
    });
    const surroundings = { clock, sweep, dial: createTcpDial(), connectTimeoutMs: 3000, counters };
    const answer = (opaque: number) => ({
      writeTo(out: Parameters<ReturnType<typeof outgoing>['writeTo']>[0]) {
        const bytes = answerTo(opaque);
        out.reserve(bytes.length);
        out.bytes.set(bytes, out.offset);
        out.offset += bytes.length;
      },
    });
    const connection = new Connection(server.address, surroundings, {
      ...listener,
      onServerRequest: (frame, from) => from.oneway(answer(frame.opaque)),
    });
    connections.push(connection);
    connection.open();
    send(connection);
    expect(await answered).toBe(77);
  });

  test('closed, it leaves no socket behind, at either end', async () => {
    const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    const accepted = server.nextSocket();
    const connection = dial(server.address);
    const exchange = send(connection);
    const socket = await accepted;
    const closedThere = new Promise((resolve) => socket.once('close', resolve));
    connection.close(createError('RMQ_CLOSED', 'enough'));
    expect(exchange.failures.length).toBe(1);
    await closedThere;
    expect(sockets()).toBe(0);
  });
});

test('an answer that came while the event loop was blocked beats its deadline', async () => {
  const server = await opened(startAnsweringWorker(20));
  const connection = dial(server.address);
  await send(connection).ended;
  for (let round = 1; round <= 2; round++) {
    const all = 1 + 300 * round;
    const exchanges = Array.from({ length: 300 }, () => send(connection, 700));
    const deadlineAt = performance.now() + 700;
    // Lets the requests leave.
    await new Promise((resolve) => setImmediate(resolve));
    // However slow the machine is: until the deadline is over by more than a period of the sweep, and all answers are here.
    while (performance.now() < deadlineAt + 100 || server.answered < all);
    await Promise.all(exchanges.map(({ ended }) => ended));
    expect(new Set(exchanges.map(({ fate }) => fate))).toEqual(new Set(['answered']));
  }
});

test('an answer that came while the event loop was blocked is as late as the caller sees it', async () => {
  const server = await opened(startAnsweringWorker(5));
  const connection = dial(server.address);
  await send(connection).ended;
  const answeredAt = new Promise<number>((resolve, reject) => {
    const onAnswer = (): void => resolve(clock.tickNow());
    connection.request(outgoing(310, 100), { deadlineAt: clock.now() + 10_000, onAnswer, onFailure: reject });
  });
  // Lets the request leave.
  await new Promise((resolve) => setImmediate(resolve));
  clock.tickNow();
  const blockedUntil = performance.now() + 50;
  while (performance.now() < blockedUntil);
  expect(await answeredAt).toBeGreaterThanOrEqual(blockedUntil);
});

test('a refused connection fails its request at once', async () => {
  const exchange = send(dial(`127.0.0.1:${await closedPort()}`));
  await exchange.ended;
  expect(exchange.fate).toBe('RMQ_CONNECT_FAILED no');
  expect(exchange.failures[0]?.message).toContain('ECONNREFUSED');
});

test('a connect that hangs ends at its deadline, and nobody else waits for it', async () => {
  const [hanging, server] = await Promise.all([opened(startHangingWorker()), opened(LoopbackServer.listen())]);
  server.onRequest(({ opaque }, socket) => socket.write(answerTo(opaque)));
  const stuck = send(dial(hanging.address, 300));
  const other = send(dial(server.address));
  await other.ended;
  expect([stuck.fate, other.fate]).toEqual(['waiting', 'answered']);
  await stuck.ended;
  expect(stuck.fate).toBe('RMQ_CONNECT_FAILED no');
  expect(stuck.failures[0]?.message).toContain('300 ms');
});

test('a connection that opened while the event loop was blocked beats its dial deadline', async () => {
  const server = await opened(startAnsweringWorker(0));
  const connection = dial(server.address, 50);
  const exchange = send(connection);
  const blockedUntil = performance.now() + 200;
  while (performance.now() < blockedUntil);
  await exchange.ended;
  expect(exchange.fate).toBe('answered');
});
