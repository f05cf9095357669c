/** src/README.md is a map that can be trusted: it names every file, none that is not there, and tests that exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const map = read('src/README.md');

/** The files of the map: `### folder/`, below it a line for each file. */
function namedFiles(): readonly string[] {
  let folder = '';
  const files: string[] = [];
  for (const line of map.split('\n')) {
    folder = /^### (\S+\/)$/.exec(line)?.[1] ?? folder;
    const file = /^- `([\w-]+\.ts)`: \S/.exec(line)?.[1];
    if (file !== undefined) files.push(folder + file);
  }
  return files;
}

test('every file of src/ and operators/ is named once, and no other', () => {
  const files = ['src', 'operators'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name}`),
  );
  expect(namedFiles().toSorted()).toEqual(files.toSorted());
});

const [, invariants = ''] = /^## What is not obvious$(.*?)^## /ms.exec(map) ?? [];
const named = [...invariants.matchAll(/`(test\/[^`]+)`: "([^"]+)"/g)].map(([, file = '', title = '']) => [file, title]);

test('everything that is not obvious names its test', () => {
  expect(named.length).toBeGreaterThan(0);
  expect(named).toHaveLength(invariants.match(/^- /gm)?.length ?? 0);
});

test.each(named)('%s has the test "%s"', (file, title) => {
  expect(existsSync(join(root, file))).toBe(true);
  expect(read(file)).toContain(title);
});
