/**
 * The examples, the demo and the code of the README run as users run them: built, against the package by its name, in
 * processes of their own that must end by themselves.
 */
import { transformSync } from '@swc/core';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../src/testing/index.js';

// Each test is a process of its own, on a machine that may be busy with others.
jest.setTimeout(30_000);

const root = join(__dirname, '../..');
const programs = join(root, '.work/programs/examples');

interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

let cluster: EmbeddedCluster;
beforeAll(async () => {
  const { status } = spawnSync(process.execPath, [join(root, '.ci/program.mjs')], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the programs could not be built');
  cluster = await startEmbeddedCluster({ brokers: 2 });
}, 120_000);
afterAll(() => cluster.close());

/** Runs a built program: on an embedded cluster of its own unless `nameServers` is given. */
async function runProgram(
  name: string,
  options: { readonly args?: readonly string[]; readonly nameServers?: string; readonly interruptAt?: string } = {},
): Promise<Outcome> {
  const { NAMESRV_ADDR: _, ...env } = process.env;
  if (options.nameServers !== undefined) env['NAMESRV_ADDR'] = options.nameServers;
  const child = spawn(process.execPath, [join(programs, name), ...(options.args ?? [])], { cwd: root, env });
  let output = '';
  const collect = (bytes: Buffer): void => {
    const hadReached = output.includes(options.interruptAt ?? '\0');
    output += bytes.toString();
    if (!hadReached && output.includes(options.interruptAt ?? '\0')) child.kill('SIGINT');
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const [code]: (number | null)[] = await once(child, 'close');
  return { code: code ?? null, output };
}

test('every example is run here', () => {
  const numbered = readdirSync(join(root, 'examples')).filter((name) => /^\d\d-/.test(name));
  expect(numbered).toEqual([
    '01-send-one.ts',
    '02-stream-with-results.ts',
    '03-graceful-shutdown.ts',
    '04-transaction.ts',
    '05-requests.ts',
    '06-slow-consumer.ts',
    '07-watch.ts',
  ]);
});

describe('the examples', () => {
  test('01 sends one message and says where it is stored', async () => {
    const { code, output } = await runProgram('01-send-one.js');
    expect(output).toMatch(/^SEND_OK: message [0-9A-F]{32}\nis at offset 0 of queue \d of broker-[ab]\n$/);
    expect(code).toBe(0);
  });

  test('01 sends it to the cluster of NAMESRV_ADDR', async () => {
    const { code, output } = await runProgram('01-send-one.js', { nameServers: cluster.nameServers });
    const [stored, ...others] = cluster.messages('example-01');
    expect(others).toEqual([]);
    expect(stored?.body.toString()).toBe('Hello, RocketMQ');
    expect(output).toContain(stored?.msgId);
    expect(code).toBe(0);
  });

  test('02 gets one result for each message', async () => {
    const { code, output } = await runProgram('02-stream-with-results.js', { nameServers: cluster.nameServers });
    expect(output.match(/^order \d+00: RMQ_MESSAGE_INVALID \(body-empty\), stored: no$/gm)).toHaveLength(10);
    expect(output).toContain('990 of 1000 orders are stored');
    expect(cluster.count('example-02')).toBe(990);
    expect(code).toBe(0);
  });

  test('03 ends with a receipt for everything it took', async () => {
    const { code, output } = await runProgram('03-graceful-shutdown.js', { nameServers: cluster.nameServers });
    const stored = cluster.count('example-03');
    expect(stored).toBeGreaterThan(0);
    expect(output).toContain('the stream ended: RMQ_CLOSED');
    expect(output).toContain(`${stored} messages taken, ${stored} receipts, 0 given back`);
    expect(code).toBe(0);
  });
});

describe('the examples of more than sending', () => {
  test('04 shows consumers what was committed, and nothing else', async () => {
    const { code, output } = await runProgram('04-transaction.js', { nameServers: cluster.nameServers });
    expect(output).toBe('order-1: commit\norder-2: rollback\nconsumers see: order-1 is paid\n');
    expect(code).toBe(0);
  });

  test('05 gets a reply to each request', async () => {
    const { code, output } = await runProgram('05-requests.js', { nameServers: cluster.nameServers });
    expect(new Set(output.trim().split('\n'))).toEqual(new Set(['1 × 2 = 2', '2 × 2 = 4', '21 × 2 = 42']));
    expect(code).toBe(0);
  });

  test('06 reads no further than the window', async () => {
    const { code, output } = await runProgram('06-slow-consumer.js', { nameServers: cluster.nameServers });
    const [, ahead] = /^200 outcomes taken, the source was never more than (\d+) rows ahead\n$/.exec(output) ?? [];
    expect(Number(ahead)).toBeLessThanOrEqual(16);
    expect(code).toBe(0);
  });

  test('07 watches connections and metrics until the producer has ended', async () => {
    const { code, output } = await runProgram('07-watch.js');
    expect(output).toMatch(/^connection to 127\.0\.0\.1:\d+: open$/m);
    expect(output).toMatch(/^\d+ sent, 0 failed, p99 \d+\.\d ms$/m);
    expect(output).toMatch(/^the producer has ended, and so have the loops\n$/m);
    expect(code).toBe(0);
  });
});

describe('the demo', () => {
  test('sends all messages and reads them back', async () => {
    const { code, output } = await runProgram('demo.js', { args: ['5000'] });
    expect(output).toContain('5 000 receipts');
    expect(output).toContain('5 000 messages read back over the wire: every receipt is stored');
    expect(code).toBe(0);
  });

  test('after Ctrl-C what was taken is sent, stored and told', async () => {
    const args = ['1000000'];
    const { code, output } = await runProgram('demo.js', { args, interruptAt: ' in flight' });
    const [, receipts] = /([\d ]+) receipts/.exec(output) ?? [];
    expect(output).toContain('stopped by Ctrl-C');
    expect(output).toContain(`${receipts} messages read back over the wire: every receipt is stored`);
    expect(code).toBe(130);
  });

  test('ends at the first message that no broker takes, says why, and fails', async () => {
    const { code, output } = await runProgram('demo.js', { args: ['5000'], nameServers: '127.0.0.1:1' });
    expect(output).toContain('RMQ_NAME_SERVER_UNREACHABLE');
    expect(output).toContain('0 receipts');
    expect(code).toBe(1);
  });

  test('fails when a receipt is not stored', async () => {
    const forgetful = await startEmbeddedCluster();
    const fields = new Map([
      ['msgId', '7F00000100002A9F0000000000000000'],
      ['queueId', '0'],
      ['queueOffset', '7'],
    ]);
    forgetful.brokers[0]?.script({
      when: { code: 'SEND_MESSAGE_V2', after: 100, times: 3 },
      reply: (turn) => turn.answer({ code: 0, fields }),
    });
    const { code, output } = await runProgram('demo.js', { args: ['500'], nameServers: forgetful.nameServers });
    await forgetful.close();
    expect(output).toContain('497 messages read back over the wire: 3 receipts are NOT stored');
    expect(code).toBe(1);
  });
});

/** Code of the pages, and what the page says that it prints. That it compiles is `test/docs/typescript.test.ts`. */
const pages = ['README.md', 'docs/reactive-contract.md'].map((page) => {
  const text = readFileSync(join(root, page), 'utf8');
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```$(?:\n\n^```text\n(.*?)^```$)?/gms)];
  return { page, blocks: blocks.map(([, code = '', printed], at) => ({ at: at + 1, code, printed })) };
});

describe.each(pages)('the code of $page', ({ page, blocks }) => {
  test('is there', () => expect(blocks.length).toBeGreaterThan(1));

  test.each(blocks)('block $at runs, prints what it says, and ends by itself', async ({ at, code, printed }) => {
    mkdirSync(programs, { recursive: true });
    const name = `${page.replaceAll(/\W/g, '-')}-${at}.js`;
    // What it expects to be there is a real cluster at localhost:9876.
    const { code: script } = transformSync(code.replaceAll('localhost:9876', cluster.nameServers), {
      swcrc: false,
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    });
    writeFileSync(join(programs, name), script);
    const { code: exitCode, output } = await runProgram(name, { nameServers: cluster.nameServers });
    if (printed === undefined) expect(output).not.toMatch(/error|"level":/i);
    else expect(output).toBe(printed);
    expect(exitCode).toBe(0);
  });
});
