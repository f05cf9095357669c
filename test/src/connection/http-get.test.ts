import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { VirtualTimeScheduler } from 'rxjs';
import { httpGet, type HttpGetOptions } from '../../../src/connection/http-get.js';
import { Clock } from '../../../src/time/clock.js';

const servers: Server[] = [];

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/rocketmq/nsaddr`;
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const options = (given: Partial<HttpGetOptions> = {}): HttpGetOptions => ({
  headers: {},
  timeoutMs: 3000,
  clock: new Clock(),
  signal: new AbortController().signal,
  keepsAlive: true,
  ...given,
});

test('resolves with what a 200 says', async () => {
  const url = await serve((request, answer) => answer.end(`${request.url} ${String(request.headers['x-name'])}`));
  expect(await httpGet(url, options({ headers: { 'x-name': 'value' } }))).toBe('/rocketmq/nsaddr value');
  expect(await httpGet(url, options({ keepsAlive: false }))).toContain('nsaddr');
});

test.each([500, 404, 304, 204])('rejects a %d', async (status) => {
  const url = await serve((_request, answer) => answer.writeHead(status).end());
  await expect(httpGet(url, options())).rejects.toThrow(`answered with status ${status}`);
});

test.each([301, 302, 303, 307, 308])('goes where a %d leads', async (status) => {
  const target = await serve((request, answer) => answer.end(`${request.url} ${String(request.headers['x-name'])}`));
  const url = await serve((request, answer) => {
    const location = request.url === '/there' ? target : '/there';
    answer.writeHead(status, { location }).end('moved');
  });
  expect(await httpGet(url, options({ headers: { 'x-name': 'value' } }))).toBe('/rocketmq/nsaddr value');
});

test.each([
  ['/again', 'redirected more than 5 times'],
  ['https://127.0.0.1/', 'redirected to https://127.0.0.1, and only plain HTTP is spoken here'],
  ['http://[', 'Invalid URL'],
  [undefined, 'answered with status 302'],
])('rejects a redirection to %s', async (location, problem) => {
  let asked = 0;
  const url = await serve((_request, answer) => {
    asked++;
    answer.writeHead(302, location === undefined ? {} : { location }).end('moved');
  });
  await expect(httpGet(url, options())).rejects.toThrow(problem);
  expect(asked).toBe(location === '/again' ? 6 : 1);
});

test('a redirection costs time of the same limit', async () => {
  const scheduler = new VirtualTimeScheduler();
  const url = await serve((request, answer) => {
    if (request.url === '/there') scheduler.flush();
    else answer.writeHead(302, { location: '/there' }).end();
  });
  const late = httpGet(url, options({ clock: new Clock(scheduler) }));
  await expect(late).rejects.toThrow('no answer after 3000 ms');
});

test.each([
  [
    '101 with what it switches to',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  ],
  ['101 with bytes behind it', 'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n\u0000\u0004'],
  ['101 without what it switches to', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
  ['100, and the end', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ['103, and the end', 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'],
  ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
  ['half a status line, and the end', 'HTTP/1.1 2'],
  ['nothing, and the end', ''],
])('rejects %s', async (_what, bytes) => {
  const url = await serve((request) => request.socket.end(bytes));
  // Its clock stands still: it ends by what the server says, not by its time.
  const clock = new Clock(new VirtualTimeScheduler());
  await expect(httpGet(url, options({ clock }))).rejects.toThrow(/status 101|Parse Error|hang up|without an answer/);
});

test.each([
  ['100', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ['103', 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'],
  ['half a status line', 'HTTP/1.1 2'],
  ['a 200 whose body does not come', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n'],
])('gives up after its time when the server says %s and goes on waiting', async (_what, bytes) => {
  const scheduler = new VirtualTimeScheduler();
  let said = (): void => {};
  const hasSaid = new Promise<void>((resolve) => (said = resolve));
  const url = await serve((request) => request.socket.write(bytes, () => said()));
  const late = httpGet(url, options({ clock: new Clock(scheduler) }));
  await hasSaid;
  scheduler.flush();
  await expect(late).rejects.toThrow('no answer after 3000 ms');
});

test('rejects when nobody listens, and when the server hangs up', async () => {
  const url = await serve((request) => request.socket.destroy());
  await expect(httpGet(url, options())).rejects.toThrow('socket hang up');
  servers[0]?.close();
  await expect(httpGet(url, options())).rejects.toThrow('ECONNREFUSED');
});

test('rejects an answer that breaks off in the middle, and one without end', async () => {
  const broken = await serve((_request, answer) => {
    answer.writeHead(200, { 'content-length': 100 }).write('some');
    setTimeout(() => answer.destroy(), 20);
  });
  await expect(httpGet(broken, options())).rejects.toThrow('aborted');
  const endless = await serve((_request, answer) => {
    const more = setInterval(() => answer.write('x'.repeat(20_000)), 1);
    answer.on('close', () => clearInterval(more));
  });
  await expect(httpGet(endless, options())).rejects.toThrow('more than 65536 bytes');
});

test('gives up when its time is over, by its own clock', async () => {
  const scheduler = new VirtualTimeScheduler();
  let asked = (): void => {};
  const url = await serve(() => asked());
  const arrived = new Promise<void>((resolve) => (asked = resolve));
  const late = httpGet(url, options({ clock: new Clock(scheduler) }));
  await arrived;
  scheduler.flush();
  await expect(late).rejects.toThrow('no answer after 3000 ms');
});

test('ends when it is told to', async () => {
  const url = await serve(() => {});
  const ended = new AbortController();
  const asking = httpGet(url, options({ signal: ended.signal }));
  ended.abort();
  await expect(asking).rejects.toThrow('aborted');
});
