import { transformSync } from '@swc/core';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createProducer } from '../../src/create-producer.js';
import { ConfigurationError } from '../../src/errors/rocketmq-error.js';
import { TestCluster } from '../operators/test-cluster.js';

const root = join(__dirname, '../..');

test('throws every problem of the configuration at once', () => {
  const create = (): unknown => createProducer({ nameServers: 'nowhere', group: 'a b', retries: Number.NaN });
  expect(create).toThrow(ConfigurationError);
  expect(create).toThrow(/nameServers.*group.*retries/s);
});

describe('a created producer', () => {
  const servers = new TestCluster();
  beforeEach(() => servers.open());
  afterEach(() => servers.close());

  test('opens nothing before it is started', async () => {
    const producer = servers.producer();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(producer.state).toBe('CREATE_JUST');
    expect(servers.cluster.nameServer.connections).toEqual([]);
  });

  test('compresses and retries as configured', async () => {
    for (const broker of servers.cluster.brokers) await broker.kill({ staysInRoutes: true });
    const send = (retries: number): Promise<unknown> =>
      servers
        .producer({ retries, compress: false })
        .send({ topic: 'orders', body: 'x' })
        .catch((error: unknown) => error);
    expect(await send(0)).toHaveProperty('failure.attempts.length', 1);
    expect(await send(1)).toHaveProperty('failure.attempts.length', 2);
    for (const broker of servers.cluster.brokers) await broker.restart();
    await servers.producer({ compress: false }).send({ topic: 'orders', body: 'x'.repeat(10_000) });
    expect(servers.cluster.messages('orders').at(-1)?.sysFlag).toBe(0);
  });

  test('opens its pipeline again after a start that failed', async () => {
    const shared = { instanceName: 'one', group: 'one' };
    const first = servers.producer(shared);
    await first.start();
    const second = servers.producer(shared);
    const failed = await second.send({ topic: 'orders', body: 'x' }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'RMQ_GROUP_DUPLICATE' });
    await first.shutdown();
    await expect(second.send({ topic: 'orders', body: 'x' })).resolves.toMatchObject({ ok: true });
  });
});

describe('a process', () => {
  const servers = new TestCluster();
  let compiled = '';

  beforeAll(async () => {
    await servers.open();
    mkdirSync(join(root, '.work'), { recursive: true });
    compiled = mkdtempSync(join(root, '.work/exit-'));
    writeFileSync(join(compiled, 'package.json'), '{"type":"commonjs"}');
    for (const folder of ['src', 'operators']) {
      for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
        if (!name.endsWith('.ts')) continue;
        const to = join(compiled, folder, name.replace(/\.ts$/, '.js'));
        mkdirSync(dirname(to), { recursive: true });
        const { code } = transformSync(readFileSync(join(root, folder, name), 'utf8'), {
          swcrc: false,
          jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
          module: { type: 'commonjs' },
        });
        writeFileSync(to, code);
      }
    }
  }, 30_000);
  afterAll(async () => {
    rmSync(compiled, { recursive: true, force: true });
    await servers.close();
  });

  const run = async (program: string): Promise<{ code: unknown; output: string }> => {
    const script = `
      const { createProducer } = require('./src/create-producer.js');
      const ours = () => process.getActiveResourcesInfo().filter((name) => !/Pipe|TTY|FSReq/.test(name)).join();
      (async () => {
        const producer = createProducer({ nameServers: '${servers.cluster.nameServers}', group: 'child', logger: false });
        ${program}
      })();`;
    const child = spawn(process.execPath, ['-e', script], { cwd: compiled });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes: Buffer) => (output += bytes.toString()));
    const [code] = (await once(child, 'close')) as unknown[];
    return { code, output: output.trim() };
  };

  test('whose producer was shut down exits by itself, and nothing of it is active', async () => {
    const { code, output } = await run(`
      const receipt = await producer.send({ topic: 'orders', body: 'x' });
      await producer.shutdown();
      // Handles are closed in the turn after.
      setTimeout(() => setImmediate(() => console.log(receipt.status, '[' + ours() + ']')), 20);`);
    expect([code, output]).toEqual([0, 'SEND_OK []']);
  }, 20_000);

  test('whose producer is idle may exit too', async () => {
    const { code, output } = await run(`
      await producer.start();
      const receipt = await producer.send({ topic: 'orders', body: 'x' });
      console.log(receipt.status);`);
    expect([code, output]).toEqual([0, 'SEND_OK']);
  }, 20_000);

  test('does not exit while a message has no outcome', async () => {
    const { code, output } = await run(`
      producer.send({ topic: 'orders', body: 'x' }).then((receipt) => console.log(receipt.status));`);
    expect([code, output]).toEqual([0, 'SEND_OK']);
  }, 20_000);
});
