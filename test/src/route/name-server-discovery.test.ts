import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { VirtualTimeScheduler } from 'rxjs';
import { type Logger, silentLogger } from '../../../src/observe/logger.js';
import { CLIENT_VERSION } from '../../../src/protocol/command.js';
import { discoveryUrl, NameServerDiscovery } from '../../../src/route/name-server-discovery.js';
import { Clock } from '../../../src/time/clock.js';

test.each([
  [{ domain: 'ns.example' }, undefined, 'http://ns.example:8080/rocketmq/nsaddr'],
  [{ domain: 'ns.example:80' }, undefined, 'http://ns.example:80/rocketmq/nsaddr'],
  [{ domain: 'ns.example', subgroup: 'sub' }, undefined, 'http://ns.example:8080/rocketmq/sub'],
  [{ domain: 'ns.example' }, 'unitA', 'http://ns.example:8080/rocketmq/nsaddr-unitA?nofix=1'],
  [{ domain: 'ns.example' }, '', 'http://ns.example:8080/rocketmq/nsaddr'],
])('%j in unit %s is asked at %s', (place, unitName, url) => {
  expect(discoveryUrl(place, unitName)).toBe(url);
});

/** A web server that gives the answers of a test, one after the other, the last one for ever. */
class DiscoveryServer {
  readonly requests: IncomingMessage[] = [];
  readonly learned: (readonly string[])[] = [];
  readonly warnings: string[] = [];
  readonly scheduler = new VirtualTimeScheduler();
  answers: (string | number)[] = ['a:1'];
  domain = '';
  #server: Server | undefined;

  async start(): Promise<void> {
    this.#server = createServer((request, answer) => {
      this.requests.push(request);
      const [now, next] = this.answers;
      if (next !== undefined) this.answers.shift();
      if (now === 'silence') this.scheduler.flush();
      else if (typeof now === 'number') answer.writeHead(now).end('broken:1');
      else answer.end(now);
    }).listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.domain = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  discovery(): NameServerDiscovery {
    const logger: Logger = { ...silentLogger, warn: (o) => void this.warnings.push(JSON.stringify(o)) };
    return new NameServerDiscovery({
      place: { domain: this.domain },
      onAddresses: (addresses) => this.learned.push(addresses),
      clock: new Clock(this.scheduler),
      logger,
    });
  }

  stop(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }
}

const web = { current: new DiscoveryServer() };
beforeEach(async () => {
  web.current = new DiscoveryServer();
  await web.current.start();
});
afterEach(() => web.current.stop());

test('the first line of the answer is the list', async () => {
  web.current.answers = ['\n  a:9876;b:9876\r\nc:9876\n'];
  await web.current.discovery().fetch();
  expect(web.current.learned).toEqual([['a:9876', 'b:9876']]);
  const [request] = web.current.requests;
  expect(request?.url).toBe('/rocketmq/nsaddr');
  expect(request?.headers).toMatchObject({
    'client-version': String(CLIENT_VERSION),
    'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
    'metaq-client-requestts': expect.stringMatching(/^\d+$/),
  });
});

test('only another list is news', async () => {
  web.current.answers = ['a:1', 'a:1', 'b:1'];
  const discovery = web.current.discovery();
  for (let n = 0; n < 3; n++) await discovery.fetch();
  expect(web.current.learned).toEqual([['a:1'], ['b:1']]);
});

test.each([
  ['nothing', '', 'answered with nothing'],
  ['blanks', ' \n ', 'answered with nothing'],
  ['garbage', '<html>not found</html>', 'something else than addresses'],
  ['half garbage', 'a:1;b', 'something else than addresses'],
  ['500', 500, 'status 500'],
  ['404', 404, 'status 404'],
  ['silence', 'silence', 'no answer after 3000 ms'],
])('%s keeps the last list', async (_what, answer, told) => {
  web.current.answers = ['a:1', answer, 'b:1'];
  const discovery = web.current.discovery();
  await discovery.fetch();
  await discovery.fetch();
  expect(web.current.learned).toEqual([['a:1']]);
  expect(discovery.problem).toContain(told);
  expect(discovery.problem).toContain(web.current.domain);
  expect(web.current.warnings).toHaveLength(1);
  await discovery.fetch();
  expect(web.current.learned).toEqual([['a:1'], ['b:1']]);
});

test('a server that is not there is no list either', async () => {
  const discovery = web.current.discovery();
  web.current.stop();
  await discovery.fetch();
  expect([web.current.learned, discovery.problem]).toEqual([[], expect.stringContaining('ECONNREFUSED')]);
});

test('who asks while it is asked joins', async () => {
  const discovery = web.current.discovery();
  await Promise.all([discovery.fetch(), discovery.fetch(), discovery.fetchAgain()]);
  expect(web.current.requests).toHaveLength(1);
});

test('who needs it again at once does not get it asked again, a second later does', async () => {
  web.current.answers = [500];
  const discovery = web.current.discovery();
  await discovery.fetchAgain();
  await discovery.fetchAgain();
  expect(web.current.requests).toHaveLength(1);
  web.current.scheduler.frame += 1000;
  await discovery.fetchAgain();
  expect(web.current.requests).toHaveLength(2);
});

test('after its end nothing is asked, and nothing is learned', async () => {
  const discovery = web.current.discovery();
  const asking = discovery.fetch();
  discovery.close();
  await asking;
  await discovery.fetch();
  expect(web.current.learned).toEqual([]);
  expect(web.current.warnings).toEqual([]);
});
