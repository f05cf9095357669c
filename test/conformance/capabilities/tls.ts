/** Row 10: brokers that speak TLS, or do not, and proxies on the way to them. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionOptions } from 'node:tls';
import type { ProducerConfig } from '../../../src/index.js';
import { Authority } from '../../tls/certificates.js';
import { clientTls } from '../../tls/cluster-certificates.js';
import { SocksServer, type SocksServerOptions } from '../../tls/socks-server.js';
import type { Capability } from '../capability.js';
import { contents, expectStored, failureOf, streamAll, withProducer } from '../sending.js';
import type { ConformanceTarget } from '../target.js';

/** What a handshake tells must not have to wait until the time of the message is up. */
const LONG_SEND_MS = 30_000;
const QUICK_MS = 10_000;
/** Longer than an address is given a rest after a failed dial. */
const REST_MS = 300;

const tls: Capability = {
  row: 10,
  title: 'TLS',
  profile: 'tls',
  cases: [
    {
      name: 'messages of all kinds go through TLS with an own CA, a client certificate and the name of the server',
      shows: 'success',
      run: (target) => expectAllStored(target, 'ConfTls', { tls: clientTls() }),
    },
    {
      name: 'certificates that were replaced are used by the same producer',
      shows: 'success',
      run: async (target) => {
        const topic = 'ConfTlsReplaced';
        const right = clientTls();
        let current: ConnectionOptions = { ...right, ca: new Authority('somebody else').ca };
        await target.createTopic(topic, 1);
        await withProducer(
          target,
          'conf_tls_replaced',
          async (producer) => {
            const error = await failureOf(producer.send({ topic, body: 'refused' }));
            expect(error).toMatchObject({ code: 'RMQ_TLS_FAILED', stored: 'no' });
            current = right;
            await delay(REST_MS);
            await expectStored(target, [topic], await streamAll(producer, [{ topic, body: 'let in' }]));
          },
          { tls: () => current },
        );
      },
    },
    {
      name: 'a server that nobody vouches for is not trusted',
      shows: 'refusal',
      run: (target) => {
        const { ca: _own, ...trust } = clientTls();
        return expectNoTls(target, 'ConfTlsUntrusted', { tls: trust }, /tls\.ca/);
      },
    },
    {
      name: 'a server with a certificate of another name is not trusted',
      shows: 'refusal',
      run: (target) => {
        const { servername: _name, ...nameless } = clientTls();
        return expectNoTls(target, 'ConfTlsName', { tls: nameless }, /tls\.servername/);
      },
    },
    {
      name: 'without a client certificate nothing is stored, and the message says so',
      shows: 'refusal',
      run: (target) => {
        const { key: _key, cert: _cert, ...anonymous } = clientTls();
        return expectNoTls(target, 'ConfTlsAnonymous', { tls: anonymous }, /client certificate/);
      },
    },
    {
      name: 'plain text to servers that take only TLS fails at once with a hint',
      shows: 'refusal',
      run: (target) => expectNoTls(target, 'ConfTlsPlain', {}, /wants TLS: set tls/),
    },
    {
      name: 'TLS to servers that take only plain text fails at once with a hint',
      shows: 'refusal',
      profile: 'tls-disabled',
      run: (target) => expectNoTls(target, 'ConfTlsDisabled', { tls: clientTls() }, /tls\.server\.mode=disabled/),
    },
  ],
};

const proxies: Capability = {
  row: 10,
  title: 'SOCKS proxies',
  profile: 'tls',
  cases: [
    {
      name: 'TLS goes through the proxy of the network of the servers, with the password that it wants',
      shows: 'success',
      run: (target) =>
        withProxy({ username: 'user', password: 'word' }, async (proxy) => {
          const login = { address: proxy.address, username: 'user', password: 'word' };
          await expectAllStored(target, 'ConfSocksTls', { tls: clientTls(), socksProxy: { '127.0.0.0/8': login } });
          expect(new Set(proxy.destinations)).toEqual(new Set([target.nameServers, ...target.brokers.values()]));
        }),
    },
    {
      name: 'plain text goes through a proxy for everything',
      shows: 'success',
      profile: 'tls-disabled',
      run: (target) =>
        withProxy({}, async ({ address, destinations }) => {
          await expectAllStored(target, 'ConfSocks', { socksProxy: address });
          expect(new Set(destinations)).toEqual(new Set([target.nameServers, ...target.brokers.values()]));
        }),
    },
    {
      name: 'a proxy that wants another password keeps every message out, and is named',
      shows: 'refusal',
      run: (target) =>
        withProxy({ username: 'user', password: 'word' }, async ({ address }) => {
          const login = { address, username: 'user', password: 'conformance-wrong-word' };
          await expectNoProxy(target, 'ConfSocksWrong', { '0.0.0.0/0': login }, address);
        }),
    },
    {
      name: 'a proxy that refuses keeps every message out, and is named',
      shows: 'refusal',
      run: (target) =>
        withProxy({ refuseWith: 2 }, ({ address }) =>
          expectNoProxy(target, 'ConfSocksRefused', { '0.0.0.0/0': { address } }, address),
        ),
    },
  ],
};

async function expectAllStored(
  target: ConformanceTarget,
  topic: string,
  config: Partial<ProducerConfig>,
): Promise<void> {
  await target.createTopic(topic, 4);
  const sendAll = async (producer: Parameters<typeof streamAll>[0]): Promise<void> => {
    await expectStored(target, [topic], await streamAll(producer, contents(topic)));
  };
  await withProducer(target, `conf_${topic.toLowerCase()}`, sendAll, config);
}

/** The message fails long before its time is up, and nothing of it is stored. */
async function expectNoTls(
  target: ConformanceTarget,
  topic: string,
  config: Partial<ProducerConfig>,
  hint: RegExp,
): Promise<void> {
  await target.createTopic(topic, 1);
  const startedAt = performance.now();
  await withProducer(
    target,
    'conf_no_tls',
    async (producer) => {
      const error = await failureOf(producer.send({ topic, body: 'refused' }));
      expect(performance.now() - startedAt).toBeLessThan(QUICK_MS);
      expect(error).toMatchObject({ code: 'RMQ_TLS_FAILED', stored: 'no', message: expect.stringMatching(hint) });
    },
    { sendTimeoutMs: LONG_SEND_MS, ...config },
  );
  expect(await target.readBack([topic])).toEqual([]);
}

async function expectNoProxy(
  target: ConformanceTarget,
  topic: string,
  socksProxy: NonNullable<ProducerConfig['socksProxy']>,
  address: string,
): Promise<void> {
  await target.createTopic(topic, 1);
  await withProducer(
    target,
    'conf_no_proxy',
    async (producer) => {
      const error = await failureOf(producer.send({ topic, body: 'refused' }));
      expect(error).toMatchObject({ code: 'RMQ_NAME_SERVER_UNREACHABLE', stored: 'no' });
      expect(error.message).toContain(`cannot be reached through the proxy ${address}`);
      expect(`${error.message} ${JSON.stringify(error)}`).not.toContain('conformance-wrong-word');
    },
    { tls: clientTls(), socksProxy, sendTimeoutMs: 1000 },
  );
  expect(await target.readBack([topic])).toEqual([]);
}

async function withProxy(options: SocksServerOptions, use: (proxy: SocksServer) => Promise<void>): Promise<void> {
  const proxy = await SocksServer.listen(options);
  try {
    await use(proxy);
  } finally {
    await proxy.close();
  }
}

export const capabilities = [tls, proxies];
