/**
 * Nothing that a logger, a hook or a listener does ends the process or a stream, and what decides about a message fails
 * that message alone: each tried with throwing, rejecting and never-settling ones, in a process of its own, where it shows.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../src/testing/index.js';

const root = join(__dirname, '../..');
const compiled = join(root, `.work/failing-callbacks-${process.pid}`);
jest.setTimeout(120_000);

let cluster: EmbeddedCluster;
let results: Readonly<Record<string, Readonly<Record<string, unknown>>>>;

async function run(args: readonly string[], stderr: 'ignore' | number): Promise<unknown> {
  const program = join(compiled, 'test/conformance/failing-callbacks-program.js');
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', stderr] });
  let output = '';
  child.stdout?.on('data', (bytes: Buffer) => (output += bytes.toString()));
  const [code]: (number | null)[] = await once(child, 'close');
  if (code !== 0) throw new Error(`the program ended with ${String(code)}: ${output}`);
  return JSON.parse(output);
}

beforeAll(async () => {
  const options = ['--ignoreConfig', '--noCheck', '--module', 'nodenext', '--target', 'es2022', '--skipLibCheck'];
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const program = join(__dirname, 'failing-callbacks-program.ts');
  const { status } = spawnSync(process.execPath, [tsc, ...options, '--rootDir', root, '--outDir', compiled, program], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('the program could not be compiled');
  cluster = await startEmbeddedCluster();
  results = (await run([cluster.nameServers], 'ignore')) as typeof results;
}, 120_000);
afterAll(async () => {
  await cluster.close();
  rmSync(compiled, { recursive: true, force: true });
});

const isUnharmed = { end: 'completes', harm: [] };
const changesNothing = { ...isUnharmed, receipts: 9, failures: 1, codes: ['RMQ_MESSAGE_INVALID'] };
const failsEach = (...codes: readonly string[]): unknown => ({
  ...isUnharmed,
  receipts: 0,
  failures: 10,
  codes: ['RMQ_MESSAGE_INVALID', ...codes].toSorted(),
});

/** By which code is another test's to say. */
const reachesNobody = { ...isUnharmed, receipts: 0, failures: 10, codes: expect.any(Array) };

const expected: Readonly<Record<string, unknown>> = {
  'the logger': changesNothing,
  checkForbidden: failsEach('RMQ_SEND_FORBIDDEN'),
  beforeSend: changesNothing,
  afterSend: changesNothing,
  endTransaction: changesNothing,
  beforeRequest: reachesNobody,
  afterResponse: changesNothing,
  events$: changesNothing,
  'events$ behind an operator': changesNothing,
  'an operator behind events$': changesNothing,
  state$: changesNothing,
  metrics$: changesNothing,
  pressure$: changesNothing,
  deadLetter: changesNothing,
  selectQueue: failsEach('RMQ_SELECTOR_FAILED'),
  'ordered.key': failsEach('RMQ_KEY_FAILED'),
  'ordered.key, halting': failsEach('RMQ_KEY_FAILED'),
  mapBrokerAddress: reachesNobody,
  credentials: reachesNobody,
  execute: changesNothing,
};

test('every place is looked at', () => {
  expect(Object.keys(results)).toEqual(Object.keys(expected));
});

test.each(Object.keys(expected))('%s, in whatever way it fails', (where) => {
  const found = results[where] ?? {};
  expect(Object.keys(found)).toHaveLength(7);
  for (const [how, result] of Object.entries(found)) {
    expect({ how, ...(result as object) }).toEqual({ how, ...(expected[where] as object) });
  }
});

test('a global Promise of another class changes nothing', async () => {
  expect(await run([cluster.nameServers, 'promise'], 'ignore')).toEqual({
    sent: 'SEND_OK',
    batch: 2,
    resolution: 'commit',
    code: 'RMQ_REPLY_TIMEOUT',
    harm: [],
  });
});

const onFullDisk = existsSync('/dev/full') ? test : test.skip;
onFullDisk('a log line that cannot be written ends nothing', async () => {
  const full = openSync('/dev/full', 'w');
  try {
    // oxlint-disable-next-line no-standalone-expect -- the test is chosen above
    expect(await run(['127.0.0.1:1', 'log'], full)).toEqual({ code: expect.stringMatching(/^RMQ_/), harm: [] });
  } finally {
    closeSync(full);
  }
});
