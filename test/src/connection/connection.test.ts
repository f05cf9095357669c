/** With fake transports, in virtual time; what depends on real sockets is in connection-sockets.test.ts. */
import { CredentialSource } from '../../../src/access/credential-source.js';
import type { CredentialsGiven } from '../../../src/access/credentials.js';
import { FrameSigner } from '../../../src/access/frame-signer.js';
import {
  Connection,
  type ConnectionListener,
  type ConnectionSurroundings,
} from '../../../src/connection/connection.js';
import { ConnectionCounters } from '../../../src/connection/connection-counters.js';
import { createError, type RocketMQError } from '../../../src/errors/rocketmq-error.js';
import { DeadlineSweep } from '../../../src/time/deadline-sweep.js';
import { VirtualTime } from '../time/virtual-time.js';
import { endOfTurn, FakeNetwork } from './fake-network.js';
import { answerTo, frameOf, framesIn, outgoing, outgoingAnswer, outgoingOneway, Waiting } from './frames.js';

const closed = (): RocketMQError => createError('RMQ_CLOSED', 'the test is over');

class Listener implements ConnectionListener {
  readonly events: string[] = [];
  onOpen(): void {
    this.events.push('open');
  }
  onClosed(_connection: Connection, reason: RocketMQError, failed: number): void {
    this.events.push(`closed ${reason.code}, ${failed} failed`);
  }
  onGoAway(connection: Connection): Connection {
    this.events.push('go away');
    return connection;
  }
  onServerRequest(frame: { code: number }): void {
    this.events.push(`server request ${frame.code}`);
  }
}

function setUp(options: Pick<ConnectionSurroundings, 'encoding' | 'signer' | 'originOf'> = {}) {
  const time = new VirtualTime();
  const network = new FakeNetwork();
  const listener = new Listener();
  const counters = new ConnectionCounters();
  const sweep = new DeadlineSweep(time.clock);
  const surroundings = { clock: time.clock, sweep, dial: network.dial, connectTimeoutMs: 3000, counters, ...options };
  const connection = new Connection('10.0.0.1:10911', surroundings, listener);
  connection.open();
  const transport = network.last;
  const send = (deadlineAt?: number, code = 310): Waiting => {
    const exchange = new Waiting(deadlineAt);
    connection.request(outgoing(code), exchange);
    return exchange;
  };
  const sendOneway = (): Waiting => {
    const exchange = new Waiting();
    connection.oneway(outgoingOneway(310), exchange);
    return exchange;
  };
  /** The opaques the server has seen. */
  const seen = (): number[] => framesIn(Buffer.concat(transport.written)).map(({ opaque }) => opaque);
  return { time, transport, listener, counters, connection, send, sendOneway, seen };
}

async function setUpOpen(options: Pick<ConnectionSurroundings, 'encoding' | 'signer' | 'originOf'> = {}) {
  const set = setUp(options);
  set.transport.server.onOpen();
  await endOfTurn();
  return set;
}

describe('a server that goes away', () => {
  test('is no proof that a server works: only another answer than GO_AWAY is', async () => {
    const { send, transport, connection } = await setUpOpen();
    send();
    send();
    transport.server.onBytes(answerTo(0, { code: 1500, remark: 'please go away' }));
    expect([connection.hasAnswered, connection.serverVersion]).toEqual([false, 513]);
    transport.server.onBytes(answerTo(1, { code: 2 }));
    expect(connection.hasAnswered).toBe(true);
  });

  test('speaks the protocol: when it hangs up, nobody is asked about TLS', async () => {
    const { send, transport } = await setUpOpen();
    send();
    const pending = send();
    transport.server.onBytes(answerTo(0, { code: 1500, remark: 'please go away' }));
    transport.server.onLost(undefined);
    expect(pending.failures.map(({ message }) => message)).toEqual([expect.not.stringContaining('TLS')]);
  });

  test('whoever got its answer is told where to turn', async () => {
    const { connection, listener } = await setUpOpen();
    expect(connection.successor()).toBe(connection);
    expect(listener.events).toContain('go away');
  });
});

describe('credentials', () => {
  const user = { accessKey: 'user', secretKey: 'secret' };
  const signerOf = (given: CredentialsGiven): FrameSigner =>
    new FrameSigner(new CredentialSource({ given, now: () => 0, onProblem: () => undefined }));

  test('every request and oneway is signed, an answer to the server is not', async () => {
    const { connection, transport } = await setUpOpen({ signer: signerOf(user) });
    connection.request(outgoing(1), new Waiting());
    connection.oneway(outgoingOneway(2));
    connection.oneway(outgoingAnswer(3));
    await endOfTurn();
    const signed = framesIn(Buffer.concat(transport.written)).map(({ code, fields }) => [
      code,
      fields.get('AccessKey'),
      fields.has('Signature'),
    ]);
    expect(signed).toEqual([
      [1, 'user', true],
      [2, 'user', true],
      [3, undefined, false],
    ]);
  });

  test('nothing is sent unsigned while there are none', async () => {
    const { connection, seen, time } = await setUpOpen({ signer: signerOf(() => new Promise(() => undefined)) });
    const [request, oneway] = [new Waiting(), new Waiting()];
    connection.request(outgoing(1), request);
    connection.oneway(outgoingOneway(2), oneway);
    time.advance(0);
    await endOfTurn();
    expect([request.fate, oneway.fate]).toEqual(Array(2).fill('RMQ_CREDENTIALS_UNAVAILABLE no'));
    expect(seen()).toEqual([]);
  });

  test.each([
    ['signed', { given: { accessKey: 'a', secretKey: 's' }, now: () => 0, onProblem: () => undefined }],
    ['unsigned', undefined],
  ])('a request larger than servers read fails alone, and nothing of it leaves (%s)', async (_case, source) => {
    const options = source === undefined ? {} : { signer: new FrameSigner(new CredentialSource(source)) };
    const { time, connection, send, seen } = await setUpOpen(options);
    const first = send();
    const large = new Waiting();
    const oneway = new Waiting();
    const tooLarge = outgoing(310, 16 * 1024 * 1024 - 20);
    connection.request(tooLarge, large);
    connection.oneway(tooLarge, oneway);
    const last = send();
    time.advance(0);
    await endOfTurn();
    expect(seen()).toHaveLength(2);
    for (const { failures } of [large, oneway]) {
      expect(failures).toMatchObject([{ code: 'RMQ_MESSAGE_TOO_LARGE', stored: 'no', detail: { limit: 16_777_216 } }]);
    }
    expect([first.failures, last.failures]).toEqual([[], []]);
  });

  test('a refusal asks for newer ones', async () => {
    const ask = jest.fn(() => user);
    const source = new CredentialSource({ given: ask, now: () => 0, onProblem: () => undefined });
    source.refresh();
    const { send, transport } = await setUpOpen({ signer: new FrameSigner(source) });
    send();
    transport.server.onBytes(answerTo(0, { code: 16, remark: 'check signature failed.' }));
    expect(ask).toHaveBeenCalledTimes(2);
  });
});

describe('requests and answers', () => {
  test('answers are paired by their number, in whatever order they come', async () => {
    const { send, transport } = await setUpOpen();
    const [a, b, c] = [send(), send(), send()];
    transport.server.onBytes(Buffer.concat([answerTo(2, { code: 2 }), answerTo(0, { code: 0 }), answerTo(1)]));
    expect([a, b, c].map((exchange) => exchange.answers.map(({ opaque }) => opaque))).toEqual([[0], [1], [2]]);
  });

  test('all requests of one turn of the event loop leave in one write', async () => {
    const { send, transport, seen } = await setUpOpen();
    for (let n = 0; n < 100; n++) send();
    expect(transport.writes).toBe(0);
    await endOfTurn();
    expect(transport.writes).toBe(1);
    expect(seen().length).toBe(100);
  });

  test('100 000 answers in random order, 256 requests in flight: none goes to another request', async () => {
    const { connection, transport } = await setUpOpen();
    let answered = 0;
    let mispaired = 0;
    let seed = 1;
    const open: number[] = [];
    // Each request carries its own serial number as code; the server sends it back in the answer.
    for (let serial = 0; serial < 100_000; serial++) {
      const code = serial % 30_000;
      connection.request(
        {
          writeTo(out, opaque, encoding) {
            open.push(opaque, code);
            outgoing(code).writeTo(out, opaque, encoding);
          },
        },
        {
          deadlineAt: Number.POSITIVE_INFINITY,
          onAnswer: (frame) => {
            answered++;
            if (frame.code !== code) mispaired++;
          },
          onFailure: () => undefined,
        },
      );
      if (open.length >= 512) {
        while (open.length > 0) {
          seed = (seed * 48_271) % 2_147_483_647;
          const at = 2 * (seed % (open.length / 2));
          const [opaque = 0, answerCode = 0] = open.splice(at, 2);
          transport.server.onBytes(frameOf({ opaque, code: answerCode, flag: 1 }, 'binary'));
        }
        transport.server.onTaken();
      }
    }
    expect({ answered, mispaired }).toEqual({ answered: 99_840, mispaired: 0 });
  });

  test('a second answer, and one that was never asked for, are dropped and counted', async () => {
    const { send, transport, counters, connection } = await setUpOpen();
    const exchange = send();
    transport.server.onBytes(Buffer.concat([answerTo(0), answerTo(0), answerTo(4711)]));
    expect(exchange.fate).toBe('answered');
    expect(counters).toMatchObject({ lateAnswers: 1, unknownAnswers: 1 });
    expect(connection.state).toBe('open');
  });

  test('a server that keeps answering what it was not asked loses the connection, late answers never do', async () => {
    const { send, transport, connection, listener } = await setUpOpen();
    send();
    for (let n = 0; n < 1000; n++) transport.server.onBytes(answerTo(0));
    for (let n = 0; n < 100; n++) transport.server.onBytes(answerTo(9000 + n));
    expect(connection.state).toBe('open');
    transport.server.onBytes(answerTo(9999));
    expect(connection.state).toBe('closed');
    expect(listener.events.at(-1)).toContain('RMQ_PROTOCOL_VIOLATION');
  });

  test('the budget for unknown answers is renewed each minute', async () => {
    const { transport, connection, time } = await setUpOpen();
    for (let minute = 0; minute < 3; minute++) {
      for (let n = 0; n < 100; n++) transport.server.onBytes(answerTo(9000 + n));
      time.advance(60_000);
    }
    expect(connection.state).toBe('open');
  });

  test("a server's request never completes one of ours, whatever its number", async () => {
    const { send, transport, listener, counters } = await setUpOpen();
    const exchange = send();
    transport.server.onBytes(frameOf({ code: 326, opaque: 0 }));
    expect(exchange.fate).toBe('waiting');
    expect(listener.events).toContain('server request 326');
    expect(counters).toMatchObject({ serverRequests: 1, lateAnswers: 0, unknownAnswers: 0 });
    transport.server.onBytes(answerTo(0));
    expect(exchange.fate).toBe('answered');
  });

  test('an answer may send the next request, and may close the connection', async () => {
    const { connection, transport } = await setUpOpen();
    const next = new Waiting();
    connection.request(outgoing(1), {
      deadlineAt: Number.POSITIVE_INFINITY,
      onAnswer(_frame, from) {
        from.request(outgoing(2), next);
        from.close(closed());
      },
      onFailure: () => undefined,
    });
    const other = new Waiting();
    connection.request(outgoing(3), other);
    await endOfTurn();
    transport.server.onBytes(Buffer.concat([answerTo(0), answerTo(1)]));
    expect([next.fate, other.fate]).toEqual(['RMQ_CLOSED no', 'RMQ_CLOSED maybe']);
  });
});

describe('header encoding and server version', () => {
  const encodings = (transport: { written: Buffer[] }): string[] =>
    framesIn(Buffer.concat(transport.written)).map(({ encoding }) => encoding);

  test('JSON until an answer tells the version of the server, then binary', async () => {
    const { send, transport, connection } = await setUpOpen();
    send();
    expect(connection.serverVersion).toBe(0);
    await endOfTurn();
    transport.server.onTaken();
    transport.server.onBytes(answerTo(0, { version: 407 }));
    expect([connection.serverVersion, connection.hasAnswered]).toEqual([407, true]);
    send();
    await endOfTurn();
    expect(encodings(transport)).toEqual(['json', 'binary']);
  });

  test.each([0, -1, -(2 ** 31)])(
    'a server that tells the version %d has told none, and goes on getting JSON',
    async (version) => {
      const { send, transport, connection } = await setUpOpen();
      send();
      await endOfTurn();
      transport.server.onTaken();
      transport.server.onBytes(answerTo(0, { version }));
      send();
      await endOfTurn();
      expect(encodings(transport)).toEqual(['json', 'json']);
      // Below what any message asks for, a plain one would be refused: RMQ_BROKER_TOO_OLD.
      expect(connection.serverVersion).toBe(0);
    },
  );

  test.each(['json', 'binary'] as const)('%s can be forced', async (encoding) => {
    const { send, transport } = await setUpOpen({ encoding });
    send();
    await endOfTurn();
    transport.server.onTaken();
    transport.server.onBytes(answerTo(0));
    send();
    await endOfTurn();
    expect(encodings(transport)).toEqual([encoding, encoding]);
  });
});

describe('deadlines', () => {
  test('a request that is not answered in time fails alone, within 50 ms', async () => {
    const { send, time, transport, counters, connection } = await setUpOpen();
    const [quick, slow] = [send(1000), send(5000)];
    await endOfTurn();
    time.advance(999);
    expect(quick.fate).toBe('waiting');
    time.advance(51);
    expect([quick.fate, slow.fate]).toEqual(['RMQ_ATTEMPT_TIMEOUT maybe', 'waiting']);
    expect(counters.timeouts).toBe(1);
    transport.server.onBytes(answerTo(1));
    expect([slow.fate, connection.state]).toEqual(['answered', 'open']);
  });

  test('its answer, when it comes after all, is dropped, and the next 1000 requests on the connection succeed', async () => {
    const { send, time, transport, counters } = await setUpOpen();
    const late = send(100);
    time.advance(200);
    transport.server.onBytes(answerTo(0));
    expect([late.fate, counters.lateAnswers]).toEqual(['RMQ_ATTEMPT_TIMEOUT maybe', 1]);
    const others = Array.from({ length: 1000 }, () => send(10_000));
    transport.server.onBytes(Buffer.concat(others.map((_, n) => answerTo(n + 1))));
    expect(new Set(others.map(({ fate }) => fate))).toEqual(new Set(['answered']));
  });

  test('an answer that was interleaved with late ones finds its request', async () => {
    const { send, time, transport } = await setUpOpen();
    send(100);
    const current = send(10_000);
    time.advance(200);
    transport.server.onBytes(Buffer.concat([answerTo(0), answerTo(1), answerTo(0)]));
    expect(current.fate).toBe('answered');
  });

  test('a request that times out while the connection is dialing never leaves, so it is certainly not stored', async () => {
    const { send, time, transport, seen } = setUp();
    const [impatient, patient] = [send(1000), send(5000)];
    time.advance(1100);
    expect([impatient.fate, patient.fate]).toEqual(['RMQ_CONNECT_FAILED no', 'waiting']);
    transport.server.onOpen();
    await endOfTurn();
    expect(seen()).toEqual([1]);
  });

  describe('of a server that a route told', () => {
    const origin = { brokerNames: ['broker-a'], nameServer: '10.0.0.9:9876', told: '10.0.0.1:10911' };
    const from = '10.0.0.1:10911 (broker-a, from the route of the name server 10.0.0.9:9876)';
    const detail = { address: '10.0.0.1:10911', nameServer: '10.0.0.9:9876' };

    test.each([
      ['a request that ends before', 1000, 'nothing answered in time'],
      ['the dial itself', 5000, 'not open after 3000 ms'],
    ])('that swallows every packet, %s names the address, where it is from, and what to do', (_what, ms, why) => {
      const { send, time } = setUp({ originOf: () => origin });
      const request = send(ms);
      time.advance(3100);
      expect(request.failures[0]).toMatchObject({
        code: 'RMQ_CONNECT_FAILED',
        stored: 'no',
        message: `cannot connect to ${from}: ${why}`,
        advice: expect.stringMatching(/brokerIP1.*mapBrokerAddress/),
        detail,
      });
    });

    test('that keeps silent, a request that ends names where it is from', async () => {
      const { send, time } = await setUpOpen({ originOf: () => origin });
      const request = send(1000);
      time.advance(1100);
      expect(request.failures[0]).toMatchObject({
        code: 'RMQ_ATTEMPT_TIMEOUT',
        message: `${from} did not answer in time`,
        detail,
      });
    });

    test('that speaks gRPC is recognised, and what remoting clients need is said', async () => {
      const { send, transport } = await setUpOpen({ originOf: () => origin });
      const request = send();
      transport.server.onBytes(Buffer.from('00001204000000000000037fffffff000400100000', 'hex'));
      expect(request.failures[0]).toMatchObject({
        code: 'RMQ_PROTOCOL_VIOLATION',
        message: expect.stringMatching(
          /does not speak the protocol: .*gRPC.*need the name server.*proxy in cluster mode/,
        ),
        detail,
      });
      expect(request.failures[0]?.message).toContain(from);
    });
  });

  test('one that times out while the kernel takes nothing will still leave, so it may be stored', async () => {
    const { send, time, transport, seen } = await setUpOpen();
    send();
    await endOfTurn();
    const waiting = send(1000);
    await endOfTurn();
    time.advance(1100);
    expect(waiting.fate).toBe('RMQ_ATTEMPT_TIMEOUT maybe');
    transport.server.onTaken();
    expect(seen()).toEqual([0, 1]);
  });

  test('an endlessly dripping answer is judged by its own deadline', async () => {
    const { send, time, transport } = await setUpOpen();
    const exchange = send(5000);
    const bytes = answerTo(0, { body: Buffer.alloc(1000) });
    for (let second = 0; second < 6; second++) {
      transport.server.onBytes(bytes.subarray(second, second + 1));
      time.advance(1000);
    }
    expect(exchange.fate).toBe('RMQ_ATTEMPT_TIMEOUT maybe');
  });
});

describe('a server that does nothing', () => {
  test('that lets requests time out for ten seconds without sending one frame is given up', async () => {
    const { send, time, connection, transport } = await setUpOpen();
    const others: Waiting[] = [];
    for (let second = 0; second < 10; second++) {
      expect(connection.state).toBe('open');
      const now = time.clock.now();
      send(now + 900);
      others.push(send(now + 60_000));
      await endOfTurn();
      transport.server.onTaken();
      time.advance(1000);
    }
    send(time.clock.now());
    time.advance(100);
    expect([connection.state, transport.isDestroyed]).toEqual(['closed', true]);
    expect(new Set(others.map(({ fate }) => fate))).toEqual(new Set(['RMQ_CONNECTION_LOST maybe']));
  });

  test('that drips one byte a second into an answer that never ends is given up too', async () => {
    const { send, time, connection, transport } = await setUpOpen();
    const bytes = answerTo(0, { body: Buffer.alloc(1000) });
    for (let second = 0; second <= 11; second++) {
      if (connection.state === 'open') send(time.clock.now() + 900);
      transport.server.onBytes(bytes.subarray(second, second + 1));
      time.advance(1000);
    }
    expect(connection.state).toBe('closed');
  });

  test('that answers one of many requests is kept', async () => {
    const { send, time, connection, transport } = await setUpOpen();
    for (let second = 0; second < 60; second++) {
      const now = time.clock.now();
      send(now + 900);
      send(now + 900);
      transport.server.onBytes(answerTo(2 * second));
      time.advance(1000);
    }
    expect(connection.state).toBe('open');
  });

  test('two unanswered heartbeats are enough', async () => {
    const { send, time, connection } = await setUpOpen();
    send(time.clock.now() + 3000);
    time.advance(30_000);
    expect(connection.state).toBe('open');
    send(time.clock.now() + 3000);
    time.advance(3100);
    expect(connection.state).toBe('closed');
  });

  test('a oneway frame that the kernel cannot take ends with the connection after thirty seconds', async () => {
    const { sendOneway, time, connection } = await setUpOpen();
    const [inWrite, withheld] = [sendOneway(), new Waiting()];
    await endOfTurn();
    connection.oneway(outgoingOneway(310), withheld);
    await endOfTurn();
    time.advance(29_900);
    expect([inWrite.fate, withheld.fate]).toEqual(['waiting', 'waiting']);
    time.advance(200);
    expect([inWrite.fate, withheld.fate]).toEqual(['RMQ_CONNECTION_LOST maybe', 'RMQ_CONNECTION_LOST no']);
  });
});

describe('oneway frames', () => {
  test('end when the kernel has their bytes', async () => {
    const { sendOneway, transport } = await setUpOpen();
    const exchange = sendOneway();
    await endOfTurn();
    expect(exchange.fate).toBe('waiting');
    transport.server.onTaken();
    expect(exchange.fate).toBe('handed over');
  });

  test('may be sent while dialing', async () => {
    const { sendOneway, transport } = setUp();
    const exchange = sendOneway();
    transport.server.onOpen();
    transport.server.onTaken();
    expect(exchange.fate).toBe('handed over');
  });

  test('an answer to one, which 4.9.8 sends sometimes, is dropped as late', async () => {
    const { sendOneway, transport, counters } = await setUpOpen();
    sendOneway();
    transport.server.onBytes(answerTo(0));
    expect(counters).toMatchObject({ lateAnswers: 1, unknownAnswers: 0 });
  });

  test('nobody has to care how one ends', async () => {
    const { connection, transport, seen } = await setUpOpen();
    connection.oneway(outgoingOneway(310));
    await endOfTurn();
    transport.server.onTaken();
    expect(seen()).toEqual([0]);
    connection.close(closed());
    connection.oneway(outgoingOneway(310));
    await endOfTurn();
  });
});

describe('the end of a connection', () => {
  test('fails everything pending at once, each with what is known of it', async () => {
    const { send, sendOneway, transport, listener, connection } = await setUpOpen();
    const handedOver = send();
    await endOfTurn();
    const withheld = send();
    const oneway = sendOneway();
    transport.server.onLost(new Error('read ECONNRESET'));
    expect([handedOver.fate, withheld.fate, oneway.fate]).toEqual([
      'RMQ_CONNECTION_LOST maybe',
      'RMQ_CONNECTION_LOST no',
      'RMQ_CONNECTION_LOST no',
    ]);
    expect(handedOver.failures[0]?.message).toContain('read ECONNRESET');
    expect(listener.events).toEqual(['open', 'closed RMQ_CONNECTION_LOST, 3 failed']);
    expect(connection.state).toBe('closed');
  });

  test('says when it came in the middle of a frame', async () => {
    const { send, transport } = await setUpOpen();
    const exchange = send();
    transport.server.onBytes(answerTo(0).subarray(0, 20));
    transport.server.onLost(undefined);
    expect(exchange.failures[0]?.message).toContain('closed by the server in the middle of a frame');
  });

  test('leaves nothing: no timer, no transport, and what still happens has no effect', async () => {
    const { send, transport, time, connection, listener } = await setUpOpen();
    const exchange = send(1000);
    await endOfTurn();
    connection.close(closed());
    const { server } = transport;
    expect([time.timers, transport.isDestroyed]).toEqual([0, true]);
    server.onTaken();
    server.onBytes(answerTo(0));
    server.onLost(new Error('late'));
    connection.close(closed());
    connection.closeWhenIdle();
    time.advance(10_000);
    await endOfTurn();
    expect(exchange.fate).toBe('RMQ_CLOSED maybe');
    expect(listener.events).toEqual(['open', 'closed RMQ_CLOSED, 1 failed']);
    expect(transport.writes).toBe(1);
  });

  test('while dialing leaves no timer either', () => {
    const { time, connection, transport } = setUp();
    expect(time.timers).toBe(1);
    connection.close(closed());
    expect([time.timers, transport.isDestroyed]).toEqual([0, true]);
  });

  test('closed by an answer, it hands out nothing more of what arrived together with that answer', async () => {
    const { connection, transport, listener, counters } = await setUpOpen();
    connection.request(outgoing(1), {
      deadlineAt: Number.POSITIVE_INFINITY,
      onAnswer: () => connection.close(closed()),
      onFailure: () => undefined,
    });
    transport.server.onBytes(Buffer.concat([answerTo(0), answerTo(0), frameOf({ code: 39, opaque: 5 })]));
    expect(listener.events).toEqual(['open', 'closed RMQ_CLOSED, 0 failed']);
    expect(counters).toMatchObject({ lateAnswers: 0, serverRequests: 0 });
  });

  test('a request after it fails in the next turn of the event loop, not before it was made', async () => {
    const { connection, time } = await setUpOpen();
    connection.close(closed());
    const [request, oneway] = [new Waiting(), new Waiting()];
    connection.request(outgoing(310), request);
    connection.oneway(outgoingOneway(310), oneway);
    expect([request.fate, oneway.fate]).toEqual(['waiting', 'waiting']);
    time.advance(0);
    expect([request.fate, oneway.fate]).toEqual(['RMQ_CLOSED no', 'RMQ_CLOSED no']);
  });

  test('bytes that are no frame end it; the error says what the peer seems to be', async () => {
    const { send, transport } = await setUpOpen();
    const sent = send();
    await endOfTurn();
    const withheld = send();
    transport.server.onBytes(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect([sent.fate, withheld.fate]).toEqual(['RMQ_PROTOCOL_VIOLATION maybe', 'RMQ_PROTOCOL_VIOLATION no']);
    expect(sent.failures[0]?.message).toMatch(/10\.0\.0\.1:10911 .*HTTP/);
    expect(transport.isDestroyed).toBe(true);
  });

  test('an answer that cannot be handled ends the connection, not the process', async () => {
    const { connection, transport, send } = await setUpOpen();
    connection.request(outgoing(1), {
      deadlineAt: Number.POSITIVE_INFINITY,
      onAnswer: () => {
        throw new TypeError('a bug');
      },
      onFailure: () => undefined,
    });
    const other = send();
    await endOfTurn();
    transport.server.onBytes(answerTo(0));
    expect(other.fate).toBe('RMQ_CONNECTION_LOST maybe');
    expect(other.failures[0]?.cause).toBeInstanceOf(TypeError);
  });
});

describe('dialing', () => {
  test('requests wait for it and leave together', async () => {
    const { send, transport, seen, connection } = setUp();
    const [a] = [send(), send()];
    expect([connection.state, transport.writes]).toEqual(['dialing', 0]);
    transport.server.onOpen();
    expect(seen()).toEqual([0, 1]);
    transport.server.onBytes(answerTo(0));
    expect([connection.state, a?.fate]).toEqual(['open', 'answered']);
  });

  test('that fails, fails what waits; nothing of it left this process', () => {
    const { send, sendOneway, transport } = setUp();
    const [request, oneway] = [send(), sendOneway()];
    transport.server.onLost(new Error('connect ECONNREFUSED'));
    expect([request.fate, oneway.fate]).toEqual(['RMQ_CONNECT_FAILED no', 'RMQ_CONNECT_FAILED no']);
    expect(request.failures[0]?.message).toContain('ECONNREFUSED');
  });

  test('has one deadline', () => {
    const { send, time, transport } = setUp();
    const exchange = send();
    time.advance(2999);
    expect(exchange.fate).toBe('waiting');
    time.advance(1);
    expect(exchange.fate).toBe('RMQ_CONNECT_FAILED no');
    expect(exchange.failures[0]?.message).toContain('3000 ms');
    expect(transport.isDestroyed).toBe(true);
  });

  test('an address that cannot be read fails its requests', () => {
    const time = new VirtualTime();
    const listener = new Listener();
    const dial = (): never => {
      throw createError('RMQ_CONNECT_FAILED', "'nonsense' is not an address");
    };
    const sweep = new DeadlineSweep(time.clock);
    const counters = new ConnectionCounters();
    const surroundings = { clock: time.clock, sweep, dial, connectTimeoutMs: 3000, counters };
    const connection = new Connection('nonsense', surroundings, listener);
    connection.open();
    const exchange = new Waiting();
    connection.request(outgoing(1), exchange);
    time.advance(0);
    expect(exchange.fate).toBe('RMQ_CONNECT_FAILED no');
    expect(exchange.failures[0]?.message).toContain('nonsense');
    expect([listener.events, time.timers]).toEqual([['closed RMQ_CONNECT_FAILED, 0 failed'], 0]);
  });
});

describe('what it keeps alive', () => {
  test('the socket holds the process from a request until nothing is pending', async () => {
    const { send, transport, time } = await setUpOpen();
    expect(transport.isRefd).toBe(false);
    send();
    expect(transport.isRefd).toBe(true);
    time.advance(1000);
    expect(transport.isRefd).toBe(true);
    await endOfTurn();
    transport.server.onTaken();
    transport.server.onBytes(answerTo(0));
    time.advance(50);
    expect([transport.isRefd, time.timers]).toEqual([false, 0]);
  });

  test('opened for a request, it holds the process at once', () => {
    const { send, transport } = setUp();
    send();
    transport.server.onOpen();
    expect(transport.isRefd).toBe(true);
  });
});

describe('leaving', () => {
  test('it closes at once when nothing is pending', async () => {
    const { connection, listener } = await setUpOpen();
    connection.closeWhenIdle();
    expect(connection.state).toBe('closed');
    expect(listener.events.at(-1)).toBe('closed RMQ_CONNECTION_LOST, 0 failed');
  });

  test('otherwise it closes once everything pending has ended', async () => {
    const { connection, send, transport, time } = await setUpOpen();
    const exchange = send();
    await endOfTurn();
    transport.server.onTaken();
    connection.closeWhenIdle();
    time.advance(1000);
    expect(connection.state).toBe('open');
    transport.server.onBytes(answerTo(0));
    time.advance(50);
    expect([connection.state, exchange.fate]).toEqual(['closed', 'answered']);
  });
});

describe('a server that does not read', () => {
  test('gets no more than 16 MiB of our memory; further requests fail at once and are certainly not stored', async () => {
    const { connection, time, transport } = await setUpOpen();
    const big = 1024 * 1024;
    const accepted = Array.from({ length: 16 }, () => new Waiting());
    for (const exchange of accepted) connection.request(outgoing(1, big), exchange);
    const refused = new Waiting();
    connection.request(outgoing(1, big), refused);
    time.advance(0);
    expect(refused.fate).toBe('RMQ_CONNECTION_STALLED no');
    expect(new Set(accepted.map(({ fate }) => fate))).toEqual(new Set(['waiting']));
    await endOfTurn();
    transport.server.onTaken();
    const again = new Waiting();
    connection.request(outgoing(1), again);
    time.advance(0);
    expect(again.fate).toBe('waiting');
  });
});
