/** The package as users get it: packed, unpacked, looked at and used from ESM, CommonJS and TypeScript. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PackedPackage } from './packed-package.js';

const DOORS = ['rx-rocketmq', 'rx-rocketmq/testing'];

let packed: PackedPackage;
beforeAll(() => {
  packed = new PackedPackage();
}, 120_000);
afterAll(() => packed.remove());

test('holds what is built, the documentation, and nothing else', () => {
  const unexpected = packed.files.filter(
    (file) => !/^dist\/(esm|cjs)\/(src|operators)\/[\w/-]+\.(js|d\.ts)$/.test(file),
  );
  const docs = unexpected.filter((file) => /^docs\/[\w-]+\.md$/.test(file));
  expect(docs).toEqual(expect.arrayContaining(['docs/errors.md', 'docs/options.md']));
  expect(unexpected.filter((file) => !docs.includes(file))).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'SECURITY.md',
    'dist/cjs/package.json',
    'package.json',
  ]);
});

test('every relative link of its pages leads to a page and a heading that are in it', () => {
  const pages = packed.files.filter((file) => file.endsWith('.md'));
  const read = (file: string): string => readFileSync(join(packed.installed, file), 'utf8');
  const dead = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)]
      .filter(([, path = '', anchor]) => {
        const target = path === '' ? page : join(dirname(page), path);
        return !packed.files.includes(target) || (anchor !== undefined && !headingsOf(read(target)).includes(anchor));
      })
      .map(([link]) => `${page}: ${link}`),
  );
  expect(pages).toContain('README.md');
  expect(dead).toEqual([]);
});

test('holds no source maps, and no comments that only editors read beside the code', () => {
  const code = packed.files
    .filter((file) => file.endsWith('.js'))
    .map((file) => readFileSync(join(packed.installed, file), 'utf8'));
  expect(code.length).toBeGreaterThan(100);
  expect(code.filter((text) => /^ *\/\*\*|sourceMappingURL/m.test(text))).toEqual([]);
});

/** As GitHub makes anchors of headings. */
const headingsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

test('runs nothing on installation', () => {
  const { scripts } = JSON.parse(readFileSync(join(packed.installed, 'package.json'), 'utf8'));
  expect(Object.keys(scripts).filter((name) => /^(pre|post)?(install|prepare)$/.test(name))).toEqual([]);
});

test('publint has nothing to say', () => {
  const { status, output } = packed.tool('publint/src/cli.js', 'run', packed.installed, '--strict', '--pack', 'false');
  expect(output).toContain('All good');
  expect(status).toBe(0);
});

test('types are right in every way of resolving them', () => {
  const { status, output } = packed.tool(
    '@arethetypeswrong/cli/dist/index.js',
    packed.tarball,
    '--format',
    'ascii',
    '--no-color',
  );
  expect(output).toContain('No problems found');
  expect(status).toBe(0);
});

describe('imported', () => {
  const list = (namespace: string): string =>
    `console.log(JSON.stringify(Object.keys(${namespace}).filter((n) => n !== '__esModule' && n !== 'default').sort()));`;

  test.each(DOORS)('%s: ESM and CommonJS give the same names', (door) => {
    packed.write('names.mjs', `import * as all from '${door}'; ${list('all')}`);
    packed.write('names.cjs', `const all = require('${door}'); ${list('all')}`);
    const esm = packed.node('names.mjs');
    expect(esm).toEqual({ status: 0, output: expect.stringMatching(/^\["\w+"(,"\w+")*\]$/) });
    expect(packed.node('names.cjs')).toEqual(esm);
  });

  test.each(DOORS)('%s: has no effect on globals and leaves no timer, socket or listener', (door) => {
    packed.write(
      'effects.mjs',
      `const names = (object) => Reflect.ownKeys(object).map(String);
      const look = () => [
        ...names(globalThis),
        ...[Object, Array, Promise, Error, Map].flatMap((one) => names(one.prototype).map((name) => one.name + '.' + name)),
        ...process.eventNames().map((name) => 'listener ' + String(name)),
        ...process.getActiveResourcesInfo().filter((name) => /Timeout|Immediate|TCP|UDP/.test(name)),
      ];
      await import('rxjs');
      // From Node 22 on, modules that import it get globals of Node's own.
      await import('node:http');
      const before = look();
      await import('${door}');
      const added = look();
      for (const one of before) added.splice(added.indexOf(one), 1);
      console.log(JSON.stringify(added));`,
    );
    expect(packed.node('effects.mjs')).toEqual({ status: 0, output: '[]' });
  });

  test.each(['consumer.mts', 'consumer.cts'])('%s: the declarations compile without skipLibCheck', (file) => {
    packed.write(
      file,
      `import { createProducer, type Message, type ProducerConfig } from 'rx-rocketmq';
      import * as testing from 'rx-rocketmq/testing';
      const config: ProducerConfig = { group: 'orders', nameServers: 'mq:9876' };
      export const message: Message = { topic: 'orders', body: 'x' };
      export const doors = [createProducer(config), testing] as const;
      // @ts-expect-error the group is required
      createProducer({ nameServers: 'mq:9876' });`,
    );
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
    expect(packed.tool('typescript/bin/tsc', ...options, file)).toEqual({ status: 0, output: '' });
  });
});
