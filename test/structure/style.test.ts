/** House rules that no linter knows: names, headers, the budget of casts, and what a committed file must not hold. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const root = join(__dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const sources = ['src', 'operators'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`),
);

test('file names are kebab-case words that say what is inside', () => {
  const vague = /^(utils?|helpers?|common|base|manager|impl|inner|misc|types)$/;
  for (const path of sources) {
    const name = basename(path, '.ts');
    expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect([path, name.split('-').some((word) => vague.test(word))]).toEqual([path, false]);
  }
});

test('there are two barrels and no more', () => {
  const doors = sources.filter((path) => basename(path) === 'index.ts');
  expect(
    doors.filter((path) => !['src/index.ts', 'src/testing/index.ts', 'operators/index.ts'].includes(path)),
  ).toEqual([]);
});

test('every file starts by saying what it is responsible for', () => {
  expect(sources.filter((path) => !/^\/\*\* ?\S|^\/\*\*\n \* \S/.test(read(path)))).toEqual([]);
});

test('nothing is left to be done', () => {
  expect(sources.filter((path) => /\b(TODO|FIXME|XXX)\b/.test(read(path)))).toEqual([]);
});

test('casts stay rare: at most 3 in 1000 lines', () => {
  const lines = sources.flatMap((path) =>
    read(path)
      .split('\n')
      .map((line) => `${path}: ${line.trim()}`),
  );
  const casts = lines.filter((line) => {
    const code = line.replaceAll(/'[^']*'/g, "''");
    return /[\w)\]>'}`] as (?!const\b)[\w{[(]/.test(code) && !/: (\*|\/[/*]|import\b|export \*)/.test(code);
  });
  const allowed = Math.ceil((lines.length * 3) / 1000);
  expect(casts).toEqual(casts.slice(0, allowed));
});

test('the lock file names no registry', () => {
  expect(read('package-lock.json')).not.toContain('"resolved"');
});
