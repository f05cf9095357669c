import { FLAG_ONEWAY, FLAG_RESPONSE } from '../../../src/protocol/command.js';
import type { ReceivedFrame } from '../../../src/protocol/received-frame.js';
import { EmbeddedServer } from '../../../src/testing/embedded-server.js';
import { busy, delay, disconnect, dropAnswer } from '../../../src/testing/replies.js';
import { serverRelease, type ReleaseName } from '../../../src/testing/server-release.js';
import { RawClient } from './raw-client.js';

const SILENT = 777;

/** Opaques of the requests that were handled, in order. */
let handled: number[] = [];
let server: EmbeddedServer | undefined;
let clients: RawClient[] = [];

beforeEach(() => {
  handled = [];
  clients = [];
});
afterEach(async () => {
  for (const client of clients) await client.close();
  await server?.kill();
});

/** Answers everything with the opaque as a remark, except requests of code `SILENT`. */
async function start(release: ReleaseName = '5.5.0', ups: string[] = []): Promise<EmbeddedServer> {
  const service = (frame: ReceivedFrame) => {
    handled.push(frame.opaque);
    return frame.code === SILENT ? undefined : { code: 0, remark: String(frame.opaque) };
  };
  server = new EmbeddedServer({
    name: 'server',
    release: serverRelease(release),
    service,
    onUp: () => ups.push('up'),
    onDown: ({ staysInRoutes = false }) => ups.push(staysInRoutes ? 'down, stays' : 'down'),
  });
  await server.restart();
  return server;
}

async function connect(to: EmbeddedServer): Promise<RawClient> {
  const client = await RawClient.connect(to.address);
  clients.push(client);
  return client;
}

/** Resolves once the server has as many connections. */
async function untilConnections(of: EmbeddedServer, count: number): Promise<void> {
  while (of.connections.length !== count) await new Promise((resolve) => setImmediate(resolve));
}

describe('answers', () => {
  test('carry the opaque of the request, the response flag and the version of the server', async () => {
    const client = await connect(await start());
    expect(await client.request('HEART_BEAT')).toEqual({
      code: 0,
      opaque: 1000,
      flag: FLAG_RESPONSE,
      version: 513,
      language: 'JAVA',
      remark: '1000',
      fields: new Map(),
      body: undefined,
      encoding: 'json',
    });
  });

  test('come in the encoding of the release', async () => {
    const four = await connect(await start('4.9.7'));
    expect((await four.request('HEART_BEAT', { encoding: 'binary' })).encoding).toBe('binary');
    expect((await four.request('HEART_BEAT', { encoding: 'json' })).encoding).toBe('json');
    await server?.kill();
    const five = await connect(await start('5.5.0'));
    expect((await five.request('HEART_BEAT', { encoding: 'binary' })).encoding).toBe('json');
  });

  test('are not given to oneway requests, nor where the service says nothing', async () => {
    const on = await start();
    const client = await connect(on);
    client.send('HEART_BEAT', { flag: FLAG_ONEWAY });
    client.send(SILENT);
    on.script({ when: { times: 1 }, reply: busy() });
    client.send('HEART_BEAT', { flag: FLAG_ONEWAY });
    await client.settled();
    expect(client.received).toHaveLength(1);
    expect(handled).toHaveLength(3);
  });

  test('of one turn leave in one piece, in the order of the requests', async () => {
    const client = await connect(await start());
    const opaques = Array.from({ length: 500 }, () => client.send('HEART_BEAT'));
    await client.settled();
    expect(client.received.map(({ opaque }) => opaque).slice(0, -1)).toEqual(opaques);
  });
});

test('requests are counted by name, by number and in all', async () => {
  const on = await start();
  const client = await connect(on);
  for (const code of ['HEART_BEAT', 'HEART_BEAT', 4711] as const) await client.request(code);
  expect([on.requests('HEART_BEAT'), on.requests(34), on.requests(4711)]).toEqual([2, 2, 1]);
  expect([on.requests('PULL_MESSAGE'), on.requests()]).toEqual([0, 3]);
});

test('answers of the client to the server are no requests', async () => {
  const on = await start();
  const client = await connect(on);
  client.send(0, { flag: FLAG_RESPONSE });
  await client.settled();
  expect([on.requests(), handled.length]).toEqual([1, 1]);
});

test('bytes that are no frame end the connection without a word, and no other', async () => {
  const on = await start();
  const [bad, good] = [await connect(on), await connect(on)];
  bad.sendBytes(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  await bad.closed;
  expect(bad.received).toEqual([]);
  expect((await good.request('HEART_BEAT')).code).toBe(0);
  expect(on.connections).toHaveLength(1);
});

describe('connections', () => {
  test('are known by the address of the client, and can be ended one by one', async () => {
    const on = await start();
    const client = await connect(on);
    const other = await connect(on);
    await client.settled();
    await other.settled();
    const [first] = on.connections;
    expect(first?.remoteAddress).toMatch(/^127\.0\.0\.1:\d+$/);
    first?.disconnect('end');
    await client.closed;
    await untilConnections(on, 1);
    expect(other.isClosed).toBe(false);
  });

  test('take requests and bytes to the client', async () => {
    const on = await start();
    const client = await connect(on);
    await client.settled();
    const [connection] = on.connections;
    connection?.sendRequest({ code: 40, opaque: 5, flag: FLAG_ONEWAY, fields: new Map([['consumerGroup', 'g']]) });
    connection?.sendRequest({ code: 4711, opaque: 1000 });
    await client.settled();
    expect(client.received.slice(1, 3)).toEqual([
      expect.objectContaining({ code: 40, opaque: 5, flag: FLAG_ONEWAY, fields: new Map([['consumerGroup', 'g']]) }),
      expect.objectContaining({ code: 4711, opaque: 1000, flag: 0, body: undefined }),
    ]);
    connection?.sendBytes(Buffer.from([0xff, 0xff, 0xff, 0xff]));
  });
});

test('what the client answers to a question of the server is told, and so is that it answers nothing', async () => {
  const on = await start();
  const client = await connect(on);
  await client.settled();
  const [connection] = on.connections;
  const first = connection?.ask({ code: 326 }, 10_000);
  const second = connection?.ask({ code: 326 }, 1);
  await client.settled();
  const [asked] = client.received.filter(({ code }) => code === 326);
  client.send(7, { opaque: asked?.opaque ?? 0, flag: FLAG_RESPONSE });
  expect([await first, await second]).toEqual([7, undefined]);
});

describe('kill and restart', () => {
  test('killed, it resets every connection and refuses new ones; restarted, it serves on the same port', async () => {
    const ups: string[] = [];
    const on = await start('5.5.0', ups);
    const client = await connect(on);
    await client.request('HEART_BEAT');
    const { address } = on;
    await on.kill();
    await client.closed;
    expect([on.isListening, on.connections, on.address]).toEqual([false, [], address]);
    await expect(RawClient.connect(address)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await on.restart();
    expect(on.address).toBe(address);
    expect((await (await connect(on)).request('HEART_BEAT')).code).toBe(0);
    await on.kill({ staysInRoutes: true });
    expect(ups).toEqual(['up', 'down', 'up', 'down, stays']);
  });

  test('killing the dead and restarting the living does nothing', async () => {
    const ups: string[] = [];
    const on = await start('5.5.0', ups);
    await on.restart();
    await on.kill();
    await on.kill();
    expect(ups).toEqual(['up', 'down']);
  });

  test('a killed server forgets what it wanted to do later, and comes back answering', async () => {
    const on = await start();
    let isDone = false;
    let killed: Promise<void> | undefined;
    on.script({
      when: { times: 1 },
      reply: (turn) => {
        turn.after(10, () => (isDone = true));
        on.pause();
        killed = on.kill();
      },
    });
    const client = await connect(on);
    client.send('HEART_BEAT');
    await client.closed;
    await killed;
    await on.restart();
    expect((await (await connect(on)).request('HEART_BEAT')).code).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isDone).toBe(false);
  });
});

describe('goAway', () => {
  test('it refuses whoever understands that, says so to its registry, and serves all others until it is killed', async () => {
    const ups: string[] = [];
    const on = await start('5.5.0', ups);
    const client = await connect(on);
    expect(await client.request('HEART_BEAT', { version: 513 })).toMatchObject({ code: 0 });
    on.goAway();
    // As recorded from a real broker.
    const refused = { code: 1500, remark: 'please go away', fields: new Map() };
    expect(await client.request('HEART_BEAT', { version: 476 })).toMatchObject(refused);
    expect(await client.request('SEND_MESSAGE_V2', { version: 475 })).toMatchObject({ code: 0 });
    client.send('SEND_MESSAGE_V2', { version: 513, flag: FLAG_ONEWAY });
    expect(await client.request('HEART_BEAT', { version: 513 })).toMatchObject(refused);
    expect(handled).toHaveLength(2);
    await on.kill();
    await on.restart();
    expect(await (await connect(on)).request('HEART_BEAT', { version: 513 })).toMatchObject({ code: 0 });
    expect(ups).toEqual(['up', 'down', 'down', 'up']);
  });

  test('4.9.7 does not know how', async () => {
    const on = await start('4.9.7');
    on.goAway();
    expect(await (await connect(on)).request('HEART_BEAT', { version: 513 })).toMatchObject({ code: 0 });
  });
});

describe('pause, stopReading, resume', () => {
  test('paused, it reads and loses requests; they are never handled', async () => {
    const on = await start();
    const client = await connect(on);
    await client.settled();
    on.pause();
    client.send('HEART_BEAT');
    while (on.requests('HEART_BEAT') === 0) await new Promise((resolve) => setImmediate(resolve));
    on.resume();
    await client.settled();
    expect(on.requests('HEART_BEAT')).toBe(1);
    expect(handled).toHaveLength(2);
  });

  test('not reading, it takes connections and bytes, and handles them when it reads again', async () => {
    const on = await start();
    const early = await connect(on);
    await early.settled();
    on.stopReading();
    const late = await connect(on);
    const opaques = [early.send('HEART_BEAT'), late.send('HEART_BEAT')];
    await untilConnections(on, 2);
    // Bytes that could be read would have been by now.
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(handled).toHaveLength(1);
    on.resume();
    await Promise.all([early.settled(), late.settled()]);
    expect(handled).toEqual(expect.arrayContaining(opaques));
  });

  test('paused after it stopped reading, it reads again, and loses what it reads', async () => {
    const on = await start();
    const client = await connect(on);
    await client.settled();
    on.stopReading();
    on.pause();
    client.send('HEART_BEAT');
    while (on.requests('HEART_BEAT') === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(handled).toHaveLength(1);
  });
});

describe('scripts', () => {
  test('decide before the service does', async () => {
    const on = await start();
    const client = await connect(on);
    const rule = on.script({ when: { code: 'HEART_BEAT', times: 1 }, reply: busy() });
    expect((await client.request('HEART_BEAT')).code).toBe(2);
    expect((await client.request('HEART_BEAT')).code).toBe(0);
    expect([rule.applied, handled.length]).toEqual([1, 1]);
  });

  test('answer late without holding back others', async () => {
    const on = await start();
    const client = await connect(on);
    on.script({ when: { times: 1 }, reply: delay(100) });
    const slow = client.request('HEART_BEAT');
    const fast = client.request('HEART_BEAT');
    const [slowAnswer, fastAnswer] = await Promise.all([slow, fast]);
    expect(client.received.map(({ opaque }) => opaque)).toEqual([fastAnswer.opaque, slowAnswer.opaque]);
    expect(handled).toEqual([slowAnswer.opaque, fastAnswer.opaque]);
  });

  test('that disconnect leave what the client sent behind unread', async () => {
    const on = await start();
    const client = await connect(on);
    on.script({ when: { after: 1 }, reply: disconnect('before-storing') });
    const opaques = Array.from({ length: 10 }, () => client.send('HEART_BEAT'));
    await client.closed;
    expect(handled).toEqual(opaques.slice(0, 1));
    expect(client.received.map(({ opaque }) => opaque)).toEqual(opaques.slice(0, 1));
  });

  test('can be written by hand: bytes, more answers, and the end', async () => {
    const on = await start();
    const client = await connect(on);
    on.script({
      reply: (turn) => {
        const answer = turn.handle();
        turn.answer(answer);
        turn.answer({ code: 99, remark: turn.request.fields.get('hint') });
        turn.disconnect('end');
      },
    });
    client.send('HEART_BEAT', { fields: { hint: 'from the request' } });
    await client.closed;
    expect(client.received.map(({ code, remark }) => [code, remark])).toEqual([
      [0, '1000'],
      [99, 'from the request'],
    ]);
  });

  test('cannot store after the fact', async () => {
    const on = await start();
    const client = await connect(on);
    let late: (() => unknown) | undefined;
    on.script({
      when: { times: 1 },
      reply: (turn) => {
        late = () => turn.handle();
        turn.answer({ code: 0 });
      },
    });
    await client.request('HEART_BEAT');
    expect(late).toThrow('after the reply function had returned');
    expect(handled).toEqual([]);
  });

  test('outlive a restart', async () => {
    const on = await start();
    const rule = on.script({ when: { code: 'HEART_BEAT' }, reply: dropAnswer() });
    await on.kill();
    await on.restart();
    const client = await connect(on);
    client.send('HEART_BEAT');
    await client.settled();
    expect([rule.applied, client.received.length]).toEqual([1, 1]);
  });
});
