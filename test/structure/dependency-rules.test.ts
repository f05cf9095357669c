/** The structure check must be able to fail: each rule is broken once in a small tree and must be the one to say so. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(__dirname, '../..');

let tree: string;
beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'rx-rocketmq-structure-'));
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
  write('package.json', readFileSync(join(root, 'package.json'), 'utf8'));
});
afterEach(() => rmSync(tree, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), text);
}

/** 'rule: from → to' of everything dependency-cruiser has against the tree. */
function violations(): readonly string[] {
  const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const config = join(root, '.ci/dependencies.cjs');
  const args = [cruiser, '--config', config, '--output-type', 'json', 'src', 'operators'];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: tree, encoding: 'utf8' });
  if (!stdout.startsWith('{')) throw new Error(`dependency-cruiser exited with ${status}: ${stderr}`);
  const found: { rule: { name: string }; from: string; to: string }[] = JSON.parse(stdout).summary.violations;
  return found
    .map(({ rule, from, to }) => (from === to ? `${rule.name}: ${from}` : `${rule.name}: ${from} → ${to}`))
    .sort();
}

/** A public door that makes every file of the tree reachable. */
function door(...files: readonly string[]): void {
  write('src/index.ts', files.map((file) => `export * from '../${file.replace(/ts$/, 'js')}';\n`).join(''));
}

test('a tree along the arrows breaks no rule', () => {
  write('src/errors/error.ts', 'export const error = 1;\n');
  write('src/time/clock.ts', "import { asyncScheduler } from 'rxjs';\nexport const clock = asyncScheduler;\n");
  write(
    'src/observe/logger.ts',
    "import { pino } from 'pino';\nimport '../errors/error.js';\nimport '../time/clock.js';\nexport { pino };\n",
  );
  write(
    'src/protocol/frame.ts',
    "import { inflateSync } from 'node:zlib';\nimport '../errors/error.js';\nexport { inflateSync };\n",
  );
  write(
    'src/connection/socket.ts',
    "import { connect } from 'node:net';\nimport '../protocol/frame.js';\nimport '../time/clock.js';\nexport { connect };\n",
  );
  write(
    'src/producer/producer.ts',
    "import '../connection/socket.js';\nimport '../observe/logger.js';\nexport const producer = 1;\n",
  );
  write(
    'operators/send.ts',
    "import type { producer } from '../src/producer/producer.js';\nexport type P = typeof producer;\n",
  );
  write('src/create-producer.ts', "import '../operators/send.js';\nexport const create = 1;\n");
  write('src/testing/broker.ts', "import '../protocol/frame.js';\nexport const broker = 1;\n");
  door('src/create-producer.ts', 'src/testing/broker.ts', 'operators/send.ts');
  expect(violations()).toEqual([]);
});

test('a cycle is found, also one of type imports alone', () => {
  write('src/route/a.ts', "import type { B } from './b.js';\nexport interface A { b: B }\n");
  write('operators/send.ts', 'export const send = 1;\n');
  write('src/route/b.ts', "import type { A } from './a.js';\nexport interface B { a: A }\n");
  door('src/route/a.ts');
  expect(violations()).toContain('no-cycles: src/route/a.ts → src/route/b.ts');
});

test('an import against an arrow is found, also a type import', () => {
  const layers = [
    'operators',
    'src/producer',
    'src/client',
    'src/route',
    'src/connection',
    'src/protocol',
    'src/errors',
  ];
  const files = layers.map((layer) => `${layer}/a.ts`);
  for (const [index, layer] of layers.entries()) {
    const above = layers[index - 1];
    write(
      `${layer}/a.ts`,
      above === undefined
        ? 'export type A = 1;\n'
        : `export type { A } from '${layer.startsWith('src') ? '../..' : '..'}/${above}/a.js';\n`,
    );
  }
  door(...files);
  const found = violations().map((violation) => violation.split(': ')[1]);
  for (const [index, file] of files.slice(1).entries()) expect(found).toContain(`${file} → ${files[index]}`);
});

test('every other rule finds what it forbids', () => {
  const seeds: readonly [rule: string, folder: string, to: string][] = [
    ['src-time-is-a-leaf', 'src/time', '../collections/a.js'],
    ['src-collections-is-a-leaf', 'src/collections', '../errors/a.js'],
    ['src-ids-is-a-leaf', 'src/ids', '../time/a.js'],
    ['errors-import-nothing', 'src/errors', '../time/a.js'],
    ['observe-imports-only-errors-and-time', 'src/observe', '../route/a.js'],
    ['protocol-is-pure', 'src/protocol', 'node:net'],
    ['protocol-is-pure', 'src/protocol', 'node:timers'],
    ['protocol-is-pure', 'src/protocol', 'rxjs'],
    ['protocol-is-pure', 'src/protocol', '../observe/a.js'],
    ['protocol-is-pure', 'src/protocol', '../time/a.js'],
    ['testing-knows-no-producer', 'src/testing', '../producer/a.js'],
    ['testing-knows-no-producer', 'src/testing', '../route/a.js'],
    ['only-the-composition-imports-operators', 'src/client', '../../operators/a.js'],
    ['producer-themes-stay-apart', 'src/producer/batch', '../request/a.js'],
    ['messages-and-options-know-no-producer', 'src/producer/message', '../batch/a.js'],
    ['messages-and-options-know-no-producer', 'src/producer/options', '../a.js'],
    ['nobody-imports-the-composition', 'src/producer', '../index.js'],
    ['pino-behind-the-logger', 'src/producer', 'pino'],
    ['library-has-declared-dependencies', 'src/producer', 'fast-check'],
    ['library-does-not-import-tests', 'src/producer', '../../test/a.js'],
    ['resolvable', 'src/producer', './nowhere.js'],
  ];
  const layers = ['time', 'collections', 'errors', 'route', 'observe', 'producer', 'connection'];
  const folders = [...layers, 'producer/batch', 'producer/request'].map((name) => `src/${name}`);
  for (const folder of [...folders, 'operators', 'test']) write(`${folder}/a.ts`, 'export {};\n');
  write('src/index.ts', 'export {};\n');
  for (const [index, [, folder, to]] of seeds.entries())
    write(`${folder}/seed-${index}.ts`, `export * from '${to}';\n`);
  const found = violations();
  for (const [index, [rule, folder]] of seeds.entries()) {
    const seed = `${rule}: ${folder}/seed-${index}.ts → `;
    expect([seed, found.filter((violation) => violation.startsWith(seed)).length]).toEqual([seed, 1]);
  }
});

test('a file that neither public door reaches is found', () => {
  write('src/route/used.ts', 'export const used = 1;\n');
  write('src/route/dead.ts', 'export const dead = 1;\n');
  write('operators/send.ts', 'export const send = 1;\n');
  write('src/testing/index.ts', "import '../collections/used-by-testing.js';\n");
  write('src/collections/used-by-testing.ts', 'export const used = 1;\n');
  door('src/route/used.ts', 'operators/send.ts');
  expect(violations()).toEqual(['no-dead-files: src/route/dead.ts']);
});
