/**
 * What the pages show as TypeScript compiles under `strict`, as in the project of a user who copies it. That it runs is
 * `test/examples`.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// The compiler reads all sources, on a machine that may be busy with others.
jest.setTimeout(180_000);

const root = join(__dirname, '../..');
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const blocksOf = (page: string): readonly string[] =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code);

/** What the compiler says about the blocks, each in a file of its own. */
function problemsOf(blocks: ReadonlyMap<string, string>): readonly string[] {
  // Inside of the repository, so that rxjs and the types of Node are found.
  mkdirSync(join(root, '.work'), { recursive: true });
  const folder = mkdtempSync(join(root, '.work/pages-'));
  try {
    for (const [name, code] of blocks) writeFileSync(join(folder, name), code);
    const compilerOptions = {
      target: 'es2022',
      module: 'nodenext',
      lib: ['es2023', 'es2024.string', 'esnext.disposable'],
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: true,
      noEmit: true,
      paths: {
        'rx-rocketmq': [join(root, 'src/index.ts')],
        'rx-rocketmq/testing': [join(root, 'src/testing/index.ts')],
      },
    };
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
      cwd: folder,
      encoding: 'utf8',
    });
    const problems = stdout.split('\n').filter((line) => line !== '');
    if (status !== 0 && problems.length === 0) throw new Error(`the compiler ended with ${status}`);
    return problems;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('every block of the pages compiles', () => {
  const blocks = pages.flatMap((page) =>
    blocksOf(page).map((code, at) => [`${page.replaceAll(/\W/g, '-')}-${at + 1}.ts`, code] as const),
  );
  expect(blocks.length).toBeGreaterThan(15);
  expect(problemsOf(new Map(blocks))).toEqual([]);
});

test('a block that does not compile is found', () => {
  expect(problemsOf(new Map([['broken.ts', 'export const count = (list) => list.length;\n']]))).toEqual([
    expect.stringContaining("broken.ts(1,23): error TS7006: Parameter 'list' implicitly has an 'any' type."),
  ]);
});
