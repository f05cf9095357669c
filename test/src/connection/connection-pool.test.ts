import { ConnectionPool, type ConnectionEvent } from '../../../src/connection/connection-pool.js';
import type { Logger, LogLevel } from '../../../src/observe/logger.js';
import { Clock } from '../../../src/time/clock.js';
import { DeadlineSweep } from '../../../src/time/deadline-sweep.js';
import { VirtualTime } from '../time/virtual-time.js';
import { endOfTurn, FakeNetwork } from './fake-network.js';
import { answerTo, frameOf, framesIn, outgoing, Waiting } from './frames.js';
import { closedPort, LoopbackServer } from './loopback-server.js';
import { startHangingWorker } from './worker-servers.js';

const A = '10.0.0.1:10911';
const B = '10.0.0.2:10911';

function setUp(options: { random?: () => number; encoding?: 'json' | 'binary' } = {}) {
  const time = new VirtualTime();
  const network = new FakeNetwork();
  const events: ConnectionEvent[] = [];
  const lines: [LogLevel, object, string | undefined][] = [];
  const at =
    (level: LogLevel) =>
    (o: object, m?: string): void => {
      lines.push([level, o, m]);
    };
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const pool = new ConnectionPool({
    clock: time.clock,
    sweep: new DeadlineSweep(time.clock),
    dial: network.dial,
    logger,
    random: () => 1,
    onEvent: (event) => events.push(event),
    ...options,
  });
  const send = (address = A, deadlineAt?: number): Waiting => {
    const exchange = new Waiting(deadlineAt);
    pool.get(address).request(outgoing(310), exchange);
    return exchange;
  };
  /** A connection that is open and has answered a request. */
  const work = async (address = A): Promise<void> => {
    const exchange = send(address);
    const { server } = network.last;
    server.onOpen();
    await endOfTurn();
    server.onTaken();
    server.onBytes(answerTo(0));
    expect(exchange.fate).toBe('answered');
  };
  return { time, network, pool, events, lines, send, work };
}

describe('one connection per address', () => {
  test('is dialed at the first use and shared from then on, also while it dials', () => {
    const { pool, network } = setUp();
    expect(network.transports).toEqual([]);
    const connection = pool.get(A);
    expect(pool.get(A)).toBe(connection);
    network.last.server.onOpen();
    expect(pool.get(A)).toBe(connection);
    expect(pool.get(B)).not.toBe(connection);
    expect(network.transports.map(({ address }) => address)).toEqual([A, B]);
    expect(pool.counters.dials).toBe(2);
  });

  test('tells when it opens and closes', () => {
    const { pool, network, events } = setUp();
    const connection = pool.get(A);
    network.last.server.onOpen();
    network.last.server.onLost(new Error('read ECONNRESET'));
    expect(events).toEqual([
      { address: A, state: 'open', connection },
      { address: A, state: 'closed', reason: expect.objectContaining({ code: 'RMQ_CONNECTION_LOST' }) },
    ]);
  });

  test('uses the encoding that is forced', async () => {
    const { send, network } = setUp({ encoding: 'binary' });
    send();
    network.last.server.onOpen();
    await endOfTurn();
    expect(framesIn(Buffer.concat(network.last.written))[0]?.encoding).toBe('binary');
  });
});

describe('a server that goes away', () => {
  const goAway = (opaque: number): Buffer => answerTo(opaque, { code: 1500, remark: 'please go away' });

  /** A connection that works, with two requests on their way. */
  async function setUpWorking() {
    const set = setUp();
    await set.work();
    const old = { connection: set.pool.get(A), transport: set.network.last };
    const [one, other] = [set.send(), set.send()];
    await endOfTurn();
    return { ...set, old, one, other };
  }

  test('gets one more connection, for everything that it refused on the old one; that one ends when it owes nothing', async () => {
    const { pool, network, old, one, other, events } = await setUpWorking();
    old.transport.server.onBytes(goAway(1));
    expect(one.answers).toHaveLength(1);
    const next = old.connection.successor();
    expect(next).not.toBe(old.connection);
    expect(pool.get(A)).toBe(next);
    expect(pool.isGoingAway(A)).toBe(true);
    expect(old.connection.state).toBe('open');
    old.transport.server.onBytes(goAway(2));
    expect(other.answers).toHaveLength(1);
    expect(old.connection.successor()).toBe(next);
    expect(network.transports).toHaveLength(2);
    expect(pool.counters.dials).toBe(2);
    expect(events.filter(({ state }) => state === 'closed')).toEqual([]);
  });

  test('that refuses on the new connection too gets no third, however often it refuses and hangs up', async () => {
    const { time, pool, network, old } = await setUpWorking();
    old.transport.server.onBytes(goAway(1));
    expect(old.connection.successor()).toBeDefined();
    let dials = 2;
    for (let ms = 0; ms < 8000; ms += 100) {
      const connection = pool.get(A);
      if (network.transports.length > dials) dials = network.transports.length;
      if (connection.state === 'dialing') network.last.server.onOpen();
      if (connection.state === 'open') {
        const exchange = new Waiting();
        connection.request(outgoing(310), exchange);
        await endOfTurn();
        network.last.server.onTaken();
        const opaque = framesIn(Buffer.concat(network.last.written)).at(-1)?.opaque ?? 0;
        network.last.server.onBytes(goAway(opaque));
        expect(exchange.answers).toHaveLength(1);
        expect(connection.successor()).toBeUndefined();
        network.last.server.onLost(undefined);
      }
      time.advance(100);
    }
    expect(pool.isGoingAway(A)).toBe(true);
    expect(network.transports.length).toBeLessThan(10);
  });

  test('whose place is taken is forgotten: the next one to go away may be left for another connection again', async () => {
    const { pool, network, send, old } = await setUpWorking();
    old.transport.server.onBytes(goAway(1));
    const second = old.connection.successor();
    const secondTransport = network.last;
    secondTransport.server.onOpen();
    send();
    send();
    await endOfTurn();
    secondTransport.server.onBytes(answerTo(0));
    expect(pool.isGoingAway(A)).toBe(false);
    secondTransport.server.onBytes(goAway(1));
    expect(second?.successor()).toBe(pool.get(A));
    expect(network.transports).toHaveLength(3);
  });

  test('where nobody wants the address any more, and after the end of the pool, there is nobody to turn to', async () => {
    const { pool, old } = await setUpWorking();
    pool.retain(new Set([B]));
    expect(old.connection.successor()).toBeUndefined();
    const other = await setUpWorking();
    other.pool.closeAll();
    expect(other.old.connection.successor()).toBeUndefined();
    expect([pool.isGoingAway(A), other.pool.isGoingAway(A)]).toEqual([false, false]);
  });
});

describe('after a failure', () => {
  test('an address gets a rest, in which requests fail in the next turn and nobody dials', () => {
    const { time, network, send } = setUp();
    const first = send();
    network.last.server.onLost(new Error('connect ECONNREFUSED'));
    expect(first.fate).toBe('RMQ_CONNECT_FAILED no');
    time.advance(99);
    const second = send();
    expect(second.fate).toBe('waiting');
    time.advance(0);
    expect(second.fate).toBe('RMQ_CONNECT_FAILED no');
    expect(second.failures[0]?.message).toContain('ECONNREFUSED');
    expect(network.transports.length).toBe(1);
    time.advance(1);
    send();
    expect(network.transports.length).toBe(2);
  });

  test('a closed port under constant demand sees few dials, and the rests grow to 3 s', () => {
    const { time, network, pool } = setUp();
    const dialedAt: number[] = [];
    for (let ms = 0; ms < 20_000; ms += 10) {
      const before = network.transports.length;
      pool.get(A);
      if (network.transports.length > before) {
        dialedAt.push(ms);
        network.last.server.onLost(new Error('connect ECONNREFUSED'));
      }
      time.advance(10);
    }
    expect(dialedAt).toEqual([0, 100, 300, 700, 1500, 3100, 6100, 9100, 12_100, 15_100, 18_100]);
  });

  test('jitter spreads the clients: with other luck the rest is half as long', () => {
    const { time, network, pool } = setUp({ random: () => 0 });
    pool.get(A);
    network.last.server.onLost(new Error('connect ECONNREFUSED'));
    time.advance(50);
    pool.get(A);
    expect(network.transports.length).toBe(2);
  });

  test('a server that accepts and hangs up gets longer and longer rests too: only an answer proves that it works', () => {
    const { time, network, pool } = setUp();
    const dialedAt: number[] = [];
    for (let ms = 0; ms < 3200; ms += 10) {
      const before = network.transports.length;
      pool.get(A);
      if (network.transports.length > before) {
        dialedAt.push(ms);
        network.last.server.onOpen();
        network.last.server.onLost(undefined);
      }
      time.advance(10);
    }
    expect(dialedAt).toEqual([0, 100, 300, 700, 1500, 3100]);
  });

  test('a connection that had answered is dialed again at once, and the rests start anew', async () => {
    const { time, network, pool, work, send } = setUp();
    for (let failure = 0; failure < 5; failure++) {
      pool.get(A);
      network.last.server.onLost(new Error('connect ECONNREFUSED'));
      time.advance(3000);
    }
    await work();
    network.last.server.onLost(undefined);
    const dials = network.transports.length;
    send();
    expect(network.transports.length).toBe(dials + 1);
    network.last.server.onLost(new Error('connect ECONNREFUSED'));
    time.advance(100);
    send();
    expect(network.transports.length).toBe(dials + 2);
  });

  test('who speaks another protocol gets a rest even after an answer', async () => {
    const { network, pool, work } = setUp();
    await work();
    network.last.server.onBytes(Buffer.from('HTTP/1.1 400 Bad Request\r\n'));
    pool.get(A);
    expect(network.transports.length).toBe(1);
  });

  test('other addresses are not concerned', () => {
    const { network, pool, send } = setUp();
    pool.get(A);
    network.last.server.onLost(new Error('connect ECONNREFUSED'));
    send(B);
    expect(network.transports.map(({ address }) => address)).toEqual([A, B]);
  });

  test('a request that fails finds the address at rest already when it is told', () => {
    const { network, pool } = setUp();
    let states: string[] = [];
    pool.get(A).request(outgoing(310), {
      deadlineAt: Number.POSITIVE_INFINITY,
      onAnswer: () => undefined,
      onFailure: () => {
        states = [pool.get(A).state, String(network.transports.length)];
      },
    });
    network.last.server.onLost(new Error('connect ECONNREFUSED'));
    expect(states).toEqual(['closed', '1']);
  });
});

describe('idle connections', () => {
  test('are closed before the server would do it, quietly, and dialed again without a rest', async () => {
    const { time, network, pool, work, lines, send } = setUp();
    await work();
    time.advance(109_000);
    expect(pool.get(A).state).toBe('open');
    time.advance(1_000);
    expect(pool.get(A)).toBe(pool.get(A));
    expect(network.transports[0]?.isDestroyed).toBe(true);
    expect(lines.filter(([level]) => level !== 'debug')).toEqual([]);
    expect(network.transports.length).toBe(2);
    expect(send().fate).toBe('waiting');
  });

  test('a frame in either direction keeps a connection for another 110 s', async () => {
    const { time, network, work, send } = setUp();
    await work();
    time.advance(60_000);
    network.last.server.onBytes(frameOf({ code: 39, opaque: 1 }));
    time.advance(60_000);
    const exchange = send(A, time.clock.now() + 1000);
    await endOfTurn();
    network.last.server.onTaken();
    time.advance(2_000);
    expect(exchange.fate).toBe('RMQ_ATTEMPT_TIMEOUT maybe');
    time.advance(107_000);
    expect(network.last.isDestroyed).toBe(false);
    time.advance(1_000);
    expect(network.last.isDestroyed).toBe(true);
  });

  test('one with a pending request is not idle', async () => {
    const { time, network, work, send } = setUp();
    await work();
    const exchange = send();
    await endOfTurn();
    network.last.server.onTaken();
    time.advance(300_000);
    expect(exchange.fate).toBe('waiting');
  });

  test('a server that closes an idle connection causes no error, no warning and no rest', async () => {
    const { network, work, send, lines } = setUp();
    await work();
    network.last.server.onLost(undefined);
    expect(lines.map(([level]) => level)).toEqual(['debug', 'debug']);
    expect(send().fate).toBe('waiting');
    expect(network.transports.length).toBe(2);
  });

  test('without open connections no timer waits', async () => {
    const { time, work } = setUp();
    await work();
    time.advance(200_000);
    expect(time.timers).toBe(0);
  });
});

describe('addresses that nobody wants any more', () => {
  test('are closed, at once or when their last request has ended', async () => {
    const { time, network, pool, work, send } = setUp();
    await work(A);
    await work(B);
    const [a, b] = network.transports;
    const pending = send(B);
    await endOfTurn();
    b?.server.onTaken();
    pool.retain(new Set());
    expect([a?.isDestroyed, b?.isDestroyed]).toEqual([true, false]);
    b?.server.onBytes(answerTo(1));
    time.advance(50);
    expect([pending.fate, b?.isDestroyed]).toEqual(['answered', true]);
    expect(time.timers).toBeLessThanOrEqual(1);
  });

  test('those that are wanted stay', async () => {
    const { pool, network, work } = setUp();
    await work(A);
    pool.retain(new Set([A]));
    expect(network.last.isDestroyed).toBe(false);
  });

  test('one that is wanted again is dialed anew, and the old one does not disturb it', async () => {
    const { pool, network, work, send } = setUp();
    await work(A);
    send(A);
    pool.retain(new Set());
    const again = send(A);
    expect(network.transports.length).toBe(2);
    network.transports[0]?.server.onLost(new Error('read ECONNRESET'));
    expect([again.fate, pool.get(A).state]).toEqual(['waiting', 'dialing']);
  });
});

test('the end of a connection that was leaving does not cut short the rest of its address', async () => {
  const { pool, network, work, send } = setUp();
  await work(A);
  send(A);
  pool.retain(new Set());
  pool.get(A);
  network.transports[1]?.server.onLost(new Error('connect ECONNREFUSED'));
  network.transports[0]?.server.onLost(undefined);
  pool.get(A);
  expect(network.transports.length).toBe(2);
});

describe('closing the pool', () => {
  test('ends everything with RMQ_CLOSED and leaves nothing, also what was about to leave', async () => {
    const { time, network, pool, work, send } = setUp();
    await work(A);
    const leaving = send(A);
    pool.retain(new Set());
    const dialing = send(B);
    pool.closeAll();
    expect([leaving.fate, dialing.fate]).toEqual(['RMQ_CLOSED no', 'RMQ_CLOSED no']);
    expect(network.transports.map(({ isDestroyed }) => isDestroyed)).toEqual([true, true]);
    expect(time.timers).toBe(0);
  });

  test('after it, requests fail with RMQ_CLOSED and nothing is dialed', () => {
    const { time, network, pool, send } = setUp();
    pool.closeAll();
    const exchange = send();
    time.advance(0);
    expect(exchange.fate).toBe('RMQ_CLOSED no');
    expect([network.transports.length, time.timers]).toEqual([0, 0]);
  });
});

describe('what is logged', () => {
  test('failures are warnings, with the reason as a value; everything else is for debugging', async () => {
    const { network, pool, work, lines, send } = setUp();
    await work(A);
    send(A);
    network.last.server.onLost(new Error('read ECONNRESET'));
    pool.get(B);
    network.last.server.onLost(new Error('connect ECONNREFUSED'));
    expect(lines.map(([level, , text]) => [level, text])).toEqual([
      ['debug', 'connection opened'],
      ['warn', 'connection failed'],
      ['warn', 'connection failed'],
    ]);
    expect(lines[1]?.[1]).toMatchObject({ address: A, code: 'RMQ_CONNECTION_LOST', failed: 1 });
  });
});

describe("servers' requests", () => {
  test('go to whoever was named, with the connection to answer on', async () => {
    const time = new VirtualTime();
    const network = new FakeNetwork();
    const silent = (): void => undefined;
    const asked: unknown[] = [];
    const pool = new ConnectionPool({
      clock: time.clock,
      sweep: new DeadlineSweep(time.clock),
      dial: network.dial,
      logger: { debug: silent, info: silent, warn: silent, error: silent },
      onServerRequest: (frame, connection) => asked.push(frame.code, connection),
    });
    const connection = pool.get(A);
    network.last.server.onOpen();
    network.last.server.onBytes(frameOf({ code: 39 }));
    expect(asked).toEqual([39, connection]);
  });
});

describe('on real sockets', () => {
  const silent = (): void => undefined;
  const clock = new Clock();
  const opened: { close(): Promise<void> }[] = [];
  const pools: ConnectionPool[] = [];
  afterEach(async () => {
    for (const pool of pools.splice(0)) pool.closeAll();
    await Promise.all(opened.splice(0).map((server) => server.close()));
  });
  const listen = async (port?: number): Promise<LoopbackServer> => {
    const server = await LoopbackServer.listen(port);
    opened.push(server);
    server.onRequest(({ opaque }, socket) => socket.write(answerTo(opaque)));
    return server;
  };
  const createPool = (connectTimeoutMs?: number): ConnectionPool => {
    const logger = { debug: silent, info: silent, warn: silent, error: silent };
    const pool = new ConnectionPool({ clock, sweep: new DeadlineSweep(clock), logger, connectTimeoutMs });
    pools.push(pool);
    return pool;
  };
  const sendOn = (pool: ConnectionPool, address: string): Waiting => {
    const exchange = new Waiting(clock.now() + 10_000);
    pool.get(address).request(outgoing(310), exchange);
    return exchange;
  };

  test('a server that comes back on its port is used again', async () => {
    const port = await closedPort();
    const address = `127.0.0.1:${port}`;
    const pool = createPool();
    const refused = sendOn(pool, address);
    await refused.ended;
    expect(refused.fate).toBe('RMQ_CONNECT_FAILED no');
    await listen(port);
    let exchange = refused;
    while (exchange.answers.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      exchange = sendOn(pool, address);
      await exchange.ended;
    }
    expect(exchange.fate).toBe('answered');
  });

  test('a connection that the server closed while it was idle is replaced without an error', async () => {
    const server = await listen();
    const pool = createPool();
    await sendOn(pool, server.address).ended;
    const connection = pool.get(server.address);
    server.sockets[0]?.end();
    while (connection.state === 'open') await endOfTurn();
    const next = sendOn(pool, server.address);
    await next.ended;
    expect(next.fate).toBe('answered');
    expect(pool.counters.dials).toBe(2);
  });

  test('an address that hangs holds up no other', async () => {
    const [hanging, server] = await Promise.all([startHangingWorker(), listen()]);
    opened.push(hanging);
    const pool = createPool(1000);
    const stuck = sendOn(pool, hanging.address);
    for (let n = 0; n < 100; n++) {
      const exchange = sendOn(pool, server.address);
      await exchange.ended;
      expect(exchange.fate).toBe('answered');
    }
    expect(stuck.fate).toBe('waiting');
    pool.closeAll();
    expect(stuck.fate).toBe('RMQ_CLOSED no');
  });
});

describe('a route of thousands of brokers', () => {
  const address = (index: number): string => `10.1.${index >> 8}.${index & 255}:10911`;

  test('does not take all sockets at once, and what is sent to is dialed first', () => {
    const { pool, network, send } = setUp();
    for (let index = 0; index < 4096; index++) pool.get(address(index), false);
    expect(network.transports).toHaveLength(16);
    send(address(4000));
    expect(network.last.address).toBe(address(4000));
    network.last.server.onOpen();
    for (const { server } of network.transports.slice(0, 16)) server.onOpen();
    expect(network.transports).toHaveLength(33);
  });

  test('leaves the sockets above 1024 alone: the connection that was idle for longest makes room', () => {
    const { pool, network, time } = setUp();
    for (let index = 0; index < 1024; index++) {
      pool.get(address(index));
      network.last.server.onOpen();
      time.advance(1);
    }
    const first = pool.get(address(0));
    first.request(outgoing(310), new Waiting(10_000));
    pool.get(address(1024));
    network.last.server.onOpen();
    expect([first.state, pool.isConnected(address(1)), pool.isConnected(address(2))]).toEqual(['open', false, true]);
    expect(network.transports[1]?.isDestroyed).toBe(true);
    expect(network.last.address).toBe(address(1024));
  });

  test('a shutdown ends also those whose turn to be dialed has not come', () => {
    const { pool, network } = setUp();
    const waiting = Array.from({ length: 100 }, (_, index) => pool.get(address(index), false));
    pool.closeAll();
    expect(new Set(waiting.map(({ state }) => state))).toEqual(new Set(['closed']));
    expect(network.transports).toHaveLength(16);
  });
});
