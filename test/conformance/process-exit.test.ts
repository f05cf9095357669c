/** When a process ends: the programs here never call `process.exit`. */
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../src/testing/index.js';

const root = join(__dirname, '../..');
const compiled = join(root, `.work/process-exit-${process.pid}`);
/** Far beyond what any of them needs; whoever has not ended by then is killed, and has failed. */
const PATIENCE_MS = 20_000;
jest.setTimeout(2 * PATIENCE_MS);

interface Ended {
  readonly code: number | null;
  readonly said: unknown;
}

let cluster: EmbeddedCluster;
beforeAll(async () => {
  const options = ['--ignoreConfig', '--noCheck', '--module', 'nodenext', '--target', 'es2022', '--skipLibCheck'];
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const program = join(__dirname, 'exit-program.ts');
  const { status } = spawnSync(process.execPath, [tsc, ...options, '--rootDir', root, '--outDir', compiled, program], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('the program could not be compiled');
  cluster = await startEmbeddedCluster({ brokers: 2 });
}, 60_000);
afterAll(async () => {
  await cluster.close();
  rmSync(compiled, { recursive: true, force: true });
});

/** Runs one case to its own end; `whenUnderWay` gets the process as soon as it says so. */
async function run(
  name: string,
  nameServers: string,
  whenUnderWay: (terminate: () => void) => void = () => undefined,
): Promise<Ended> {
  const child = fork(join(compiled, 'test/conformance/exit-program.js'), [name, nameServers], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    execArgv: [],
  });
  const patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  let output = '';
  child.stdout?.on('data', (bytes: Buffer) => (output += bytes.toString()));
  child.on('message', () => whenUnderWay(() => child.kill('SIGTERM')));
  const [code]: (number | null)[] = await once(child, 'close');
  clearTimeout(patience);
  return { code: code ?? null, said: output === '' ? undefined : JSON.parse(output) };
}

test('a stream with a configuration: ends with the stream, without a call to shutdown', async () => {
  expect(await run('stream', cluster.nameServers)).toEqual({ code: 0, said: { receipts: 100 } });
});

test('send and shutdown: ends', async () => {
  expect(await run('send and shutdown', cluster.nameServers)).toEqual({
    code: 0,
    said: { status: 'SEND_OK', summary: { settled: 0, abandoned: [] } },
  });
});

test('send without shutdown: a producer with nothing to do keeps no process alive', async () => {
  expect(await run('send only', cluster.nameServers)).toEqual({ code: 0, said: { status: 'SEND_OK' } });
});

test('a send to a broker that keeps silent: stays alive until the outcome, and ends after shutdown', async () => {
  const silent = await startEmbeddedCluster();
  silent.brokers.forEach((broker) => broker.pause());
  try {
    expect(await run('failing send', silent.nameServers)).toEqual({
      code: 0,
      said: { code: 'RMQ_ATTEMPT_TIMEOUT', stored: 'maybe', stage: 'send' },
    });
    expect(silent.brokers[0]?.requests('SEND_MESSAGE_V2')).toBeGreaterThan(0);
  } finally {
    await silent.close();
  }
});

test('a name server that cannot be reached: send fails, and shutdown ends the process', async () => {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, 'close');
  expect(await run('failing send', `127.0.0.1:${port}`)).toEqual({
    code: 0,
    said: { code: 'RMQ_NAME_SERVER_UNREACHABLE', stored: 'no', stage: 'route' },
  });
});

test('a name server that hangs up on everybody: send fails after few attempts', async () => {
  let attempts = 0;
  const listener = createServer((socket) => {
    attempts++;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  try {
    expect(await run('failing send', `127.0.0.1:${port}`)).toEqual({
      code: 0,
      said: { code: 'RMQ_NAME_SERVER_UNREACHABLE', stored: 'no', stage: 'route' },
    });
    expect(attempts).toBeGreaterThan(0);
    expect(attempts).toBeLessThanOrEqual(10);
  } finally {
    listener.close();
  }
});

test('SIGTERM and a handler that calls shutdown: everything taken has its receipt, then it ends', async () => {
  const storedBefore = cluster.count('exit');
  const { code, said } = await run('until SIGTERM', cluster.nameServers, (terminate) => terminate());
  const stored = cluster.count('exit') - storedBefore;
  expect(stored).toBeGreaterThanOrEqual(100);
  expect(said).toEqual({ taken: stored, receipts: stored, abandoned: 0, ended: 'RMQ_CLOSED' });
  expect(code).toBe(0);
});
