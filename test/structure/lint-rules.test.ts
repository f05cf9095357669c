/** The lint must be able to fail: each rule that the code relies on is broken once and must be the one to say so. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '../..');

/** Line by line: what is wrong, and which rule finds it. */
const SEEDS: readonly [line: string, rule: string][] = [
  ['export const floating = (): void => { Promise.resolve(1); };', 'no-floating-promises'],
  [
    "export const forgets = (k: 'a' | 'b'): number => { switch (k) { case 'a': return 1; } return 2; };",
    'switch-exhaustiveness-check',
  ],
  ['export const loose = (value: any): unknown => value;', 'no-explicit-any'],
  ['export const sure = (value: string | undefined): string => value!;', 'no-non-null-assertion'],
  ["export const throwsText = (): never => { throw 'text'; };", 'only-throw-error'],
  ["import { Stats } from 'node:fs'; export type S = Stats;", 'consistent-type-imports'],
  ['export default 1;', 'no-default-export'],
  ['export const misused = (f: () => void): void => f(); misused(async () => {});', 'no-misused-promises'],
  ['export const unused = (): void => { 1 + 1; };', 'no-unused-expressions'],
  ['export const parsed: string = JSON.parse("1");', 'no-unsafe-assignment'],
  ['export const equal = (a: unknown): boolean => a == 1;', 'eqeqeq'],
  ['export const prints = (): void => console.log(1);', 'no-console'],
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rx-rocketmq-lint-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const name of ['tsconfig.json', 'package.json']) copyFileSync(join(root, name), join(folder, name));
  copyFileSync(join(root, '.ci/oxlint.json'), join(folder, 'oxlint.json'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** 'line rule' of everything the lint finds in `lines`. */
function findings(lines: readonly string[]): readonly string[] {
  writeFileSync(join(folder, 'seed.ts'), lines.join('\n'));
  const oxlint = join(root, 'node_modules/oxlint/bin/oxlint');
  const args = [oxlint, '-c', 'oxlint.json', '--tsconfig', 'tsconfig.json', '--format', 'json', 'seed.ts'];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  if (!stdout.startsWith('{')) throw new Error(`oxlint failed: ${stdout}${stderr}`);
  const found: { code: string; labels: { span: { line: number } }[] }[] = JSON.parse(stdout).diagnostics;
  return found.map(({ code, labels }) => `${labels[0]?.span.line} ${code.replace(/^.*\((.*)\)$/, '$1')}`);
}

test('ordinary code passes', () => {
  expect(findings(['export const twice = (n: number): number => n * 2;'])).toEqual([]);
});

test('each rule finds what it forbids', () => {
  const found = findings(SEEDS.map(([line]) => line));
  expect(found).toEqual(expect.arrayContaining(SEEDS.map(([, rule], index) => `${index + 1} ${rule}`)));
});
