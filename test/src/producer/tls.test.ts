import { inspect } from 'node:util';
import { createProducer } from '../../../src/create-producer.js';
import type { ProducerConfig } from '../../../src/producer/config.js';
import { SendError } from '../../../src/producer/message/send-error.js';
import { type EmbeddedCluster, type ServerTlsOptions, startEmbeddedCluster } from '../../../src/testing/index.js';
import { Authority } from '../../tls/certificates.js';
import { SocksServer, type SocksServerOptions } from '../../tls/socks-server.js';

const authority = new Authority('test authority');
const stranger = new Authority('somebody else');
const serverCertificate = authority.sign('IP:127.0.0.1,DNS:rocketmq.test');
const { ca } = authority;

let cluster: EmbeddedCluster | undefined;
let proxy: SocksServer | undefined;

afterEach(async () => {
  await cluster?.close();
  await proxy?.close();
  [cluster, proxy] = [undefined, undefined];
});

async function start(tls?: Partial<ServerTlsOptions>): Promise<EmbeddedCluster> {
  const { key, cert } = serverCertificate;
  cluster = await startEmbeddedCluster(tls === undefined ? {} : { tls: { key, cert, ca, ...tls } });
  cluster.createTopic('orders', { queues: 1 });
  return cluster;
}

/** Sends one message and tells what became of it, and how long that took. */
async function send(
  config: Partial<ProducerConfig>,
): Promise<{ code: string; message: string; tookMs: number; shown: string }> {
  const lines: string[] = [];
  const note = (fields: object, text?: string): void => void lines.push(`${text} ${inspect(fields, { depth: null })}`);
  const producer = createProducer({
    nameServers: cluster?.nameServers ?? '',
    group: 'group',
    logger: { debug: note, info: note, warn: note, error: note },
    sendTimeoutMs: 10_000,
    ...config,
  });
  const startedAt = performance.now();
  const outcome = await producer.send({ topic: 'orders', body: 'x' }).then(
    () => ({ code: 'sent', message: '', shown: '' }),
    (error: unknown) => {
      if (!(error instanceof SendError)) throw error;
      return {
        code: error.code,
        message: error.message,
        shown: inspect([error, error.failure, producer], { depth: null }),
      };
    },
  );
  const tookMs = performance.now() - startedAt;
  await producer.shutdown();
  return { ...outcome, tookMs, shown: [outcome.shown, ...lines].join('\n') };
}

describe('TLS', () => {
  test('messages are stored through it, and the servers are verified with the given CA', async () => {
    await start({ mode: 'enforcing' });
    expect(await send({ tls: { ca } })).toMatchObject({ code: 'sent' });
    expect(cluster?.count('orders')).toBe(1);
  });

  test('a server that nobody vouches for is not trusted, and gets nothing in plain text', async () => {
    await start({});
    const { code, message } = await send({ tls: true });
    expect(code).toBe('RMQ_TLS_FAILED');
    expect(message).toMatch(/nobody who is trusted here has signed the certificate: set tls\.ca/);
    expect((await send({ tls: { ca: stranger.ca } })).code).toBe('RMQ_TLS_FAILED');
    expect(cluster?.nameServer.requests()).toBe(0);
    expect(await send({ tls: { rejectUnauthorized: false } })).toMatchObject({ code: 'sent' });
  });

  test('a certificate of another name is refused, unless the name is given', async () => {
    const named = authority.sign('DNS:rocketmq.test');
    await start({ key: named.key, cert: named.cert });
    const { code, message } = await send({ tls: { ca } });
    expect([code, message]).toEqual(['RMQ_TLS_FAILED', expect.stringMatching(/set tls\.servername/)]);
    expect(await send({ tls: { ca, servername: 'rocketmq.test' } })).toMatchObject({ code: 'sent' });
  });

  test('a client certificate is shown where it is wanted; without one it says so', async () => {
    await start({ clientAuth: 'require' });
    const { key, cert } = authority.sign('DNS:client.test');
    expect(await send({ tls: { ca, key, cert } })).toMatchObject({ code: 'sent' });
    const without = await send({ tls: { ca } });
    expect([without.code, without.message]).toEqual([
      'RMQ_TLS_FAILED',
      expect.stringMatching(/tls\.cert and tls\.key|client certificate/),
    ]);
    expect((await send({ tls: { ca, maxVersion: 'TLSv1.2' } })).code).toBe('RMQ_TLS_FAILED');
  });

  test('a function is asked at each dial: certificates that were replaced are used', async () => {
    const options = [{ ca: stranger.ca }, { ca }];
    await start({});
    const tls = jest.fn(() => options.shift() ?? { ca });
    const producer = createProducer({ nameServers: cluster?.nameServers ?? '', group: 'g', logger: false, tls });
    await expect(producer.send({ topic: 'orders', body: 'x' })).rejects.toMatchObject({ code: 'RMQ_TLS_FAILED' });
    await new Promise((resolve) => setTimeout(resolve, 250));
    await expect(producer.send({ topic: 'orders', body: 'x' })).resolves.toMatchObject({ ok: true });
    await producer.shutdown();
    expect(tls.mock.calls.length).toBeGreaterThanOrEqual(3);
  });

  test('a function that throws fails the dial, and says so', async () => {
    await start({});
    const tls = (): never => {
      throw new Error('no such file');
    };
    expect(await send({ tls })).toMatchObject({
      code: 'RMQ_TLS_FAILED',
      message: expect.stringContaining('no such file'),
    });
  });

  test('plain text to a server that wants TLS fails at once with a hint', async () => {
    await start({ mode: 'enforcing' });
    const { code, message, tookMs } = await send({});
    expect([code, message]).toEqual(['RMQ_TLS_FAILED', expect.stringMatching(/wants TLS: set tls/)]);
    expect(tookMs).toBeLessThan(5000);
  });

  test('TLS to a server that speaks plain text only fails at once with a hint', async () => {
    await start();
    const { code, message, tookMs } = await send({ tls: { ca } });
    expect([code, message]).toEqual(['RMQ_TLS_FAILED', expect.stringMatching(/tls\.server\.mode=disabled/)]);
    expect(tookMs).toBeLessThan(5000);
  });

  test('nothing shows keys or passphrases', async () => {
    await start({});
    const { key, cert } = authority.sign('DNS:client.test');
    const { shown } = await send({ tls: { ca: stranger.ca, key, cert, passphrase: 'canary-phrase' } });
    expect(shown).not.toMatch(/canary|PRIVATE KEY/);
    expect(shown).toContain('RMQ_TLS_FAILED');
  });
});

describe('SOCKS', () => {
  async function proxied(options?: SocksServerOptions): Promise<SocksServer> {
    proxy = await SocksServer.listen(options);
    return proxy;
  }

  test('servers are reached through the proxy of their network', async () => {
    const { nameServers, brokers } = await start();
    const { address, destinations } = await proxied();
    expect(await send({ socksProxy: { '127.0.0.0/8': { address } } })).toMatchObject({ code: 'sent' });
    expect(new Set(destinations)).toEqual(new Set([nameServers, brokers[0].address]));
  });

  test('servers in no network of a proxy are reached directly', async () => {
    await start();
    const { address, destinations } = await proxied();
    expect(await send({ socksProxy: { '10.0.0.0/8': { address } } })).toMatchObject({ code: 'sent' });
    expect(destinations).toEqual([]);
  });

  test('TLS goes through proxies, which get the password they want', async () => {
    await start({ mode: 'enforcing' });
    const user = { username: 'user', password: 'canary-pass' };
    const { address, destinations } = await proxied(user);
    expect(await send({ tls: { ca }, socksProxy: { '0.0.0.0/0': { address, ...user } } })).toMatchObject({
      code: 'sent',
    });
    expect(destinations).not.toEqual([]);
  });

  test('names are resolved by the proxy', async () => {
    const { nameServers } = await start();
    const { address, destinations } = await proxied();
    const nameServer = nameServers.replace('127.0.0.1', 'rocketmq.test');
    expect(await send({ nameServers: nameServer, socksProxy: address })).toMatchObject({ code: 'sent' });
    expect(destinations).toContain(nameServer);
  });

  test.each([
    ['wants a password', { username: 'u', password: 'p' }, {}],
    ['wants another password', { username: 'u', password: 'p' }, { username: 'u', password: 'canary-pass' }],
    ['refuses', { refuseWith: 2 }, {}],
  ])('a proxy that %s fails the message with what it says, and no secret', async (_what, options, login) => {
    await start();
    const { address } = await proxied(options);
    const { code, shown } = await send({ socksProxy: { '0.0.0.0/0': { address, ...login } }, sendTimeoutMs: 500 });
    expect(code).toBe('RMQ_NAME_SERVER_UNREACHABLE');
    expect(shown).toContain(`cannot be reached through the proxy ${address}`);
    expect(shown).not.toContain('canary');
  });

  test('a proxy that cannot be reached is named', async () => {
    await start();
    const { address } = await proxied();
    await proxy?.close();
    const { shown } = await send({ socksProxy: address, sendTimeoutMs: 500 });
    expect(shown).toMatch(/through the proxy 127\.0\.0\.1:\d+: the proxy cannot be reached: .*ECONNREFUSED/);
    proxy = undefined;
  });
});
