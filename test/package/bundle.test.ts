/** What bundlers make of the packed package: one file without warnings, in ESM and CommonJS, that sends messages. */
import { build, type Format } from 'esbuild';
import { join } from 'node:path';
import { PackedPackage } from './packed-package.js';

let packed: PackedPackage;
beforeAll(() => {
  packed = new PackedPackage();
  packed.write('program.mts', PROGRAM);
  packed.write('proxy.mts', PROXY_PROGRAM);
}, 120_000);
afterAll(() => packed.remove());

/** Sends messages, and writes a line with the default logger. */
const PROGRAM = `
  import { createProducer, fromPull, toRocketMQ } from 'rx-rocketmq';
  import { startEmbeddedCluster } from 'rx-rocketmq/testing';
  import { lastValueFrom, map, toArray } from 'rxjs';
  const work = async () => {
    const cluster = await startEmbeddedCluster();
    const producer = createProducer({ nameServers: cluster.nameServers, group: 'bundled' });
    const messages = fromPull([1, 2, 3]).pipe(map((n) => ({ topic: 'orders', body: String(n).repeat(5000) })));
    console.log((await lastValueFrom(messages.pipe(toRocketMQ(producer), toArray()))).map(({ status }) => status).join());
    for (const broker of cluster.brokers) await broker.kill();
    await producer.send({ topic: 'orders', body: 'x' }, { timeoutMs: 300 }).catch(({ code }) => console.log(code.slice(0, 11)));
    await producer.shutdown();
    await cluster.close();
  };
  void work();
`;

/** Needs the package \`socks\`. */
const PROXY_PROGRAM = `
  import { createServer } from 'node:net';
  import { createProducer } from 'rx-rocketmq';
  const proxy = createServer((socket) => socket.once('data', (hello) => { console.log('hello', hello[0]); socket.destroy(); }));
  proxy.listen(0, '127.0.0.1', async () => {
    const socksProxy = '127.0.0.1:' + proxy.address().port;
    const producer = createProducer({ nameServers: '192.0.2.1:9876', group: 'bundled', socksProxy, logger: false });
    await producer.send({ topic: 'orders', body: 'x' }, { timeoutMs: 200 }).catch(({ code, message }) => console.log(code, message));
    await producer.shutdown();
    proxy.close();
  });
`;

async function bundle(entry: string, format: Format): Promise<{ readonly file: string; readonly warnings: unknown[] }> {
  const file = `${entry}.bundle.${format === 'esm' ? 'mjs' : 'cjs'}`;
  const { warnings } = await build({
    absWorkingDir: packed.folder,
    entryPoints: [`${entry}.mts`],
    outfile: join(packed.folder, file),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format,
    logLevel: 'silent',
  });
  return { file, warnings };
}

test.each<Format>(['esm', 'cjs'])('a bundle in %s has no warnings, sends, and logs', async (format) => {
  const { file, warnings } = await bundle('program', format);
  expect(warnings).toEqual([]);
  const { status, output } = packed.node(file);
  const lines = output.split('\n');
  expect(lines.filter((line) => !line.startsWith('{'))).toEqual(['SEND_OK,SEND_OK,SEND_OK', 'RMQ_CONNECT']);
  expect(lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ name: 'rx-rocketmq', level: 40, msg: 'connection failed' }),
  );
  expect(status).toBe(0);
});

test('a bundle in CommonJS speaks with a proxy', async () => {
  const { file } = await bundle('proxy', 'cjs');
  expect(packed.node(file).output).toMatch(/^hello 5\n/);
});

test('a bundle in ESM without socks says how to get it, and lives', async () => {
  const { file } = await bundle('proxy', 'esm');
  const { status, output } = packed.node(file);
  expect(output).toContain('the package socks cannot be loaded');
  expect(status).toBe(0);
});
