/** What callers may leave out they may also give as undefined: `tag: condition ? 'a' : undefined` compiles under all options. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const files = ['src', 'operators'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((name) => name.endsWith('.ts')),
);

/** The optional members in `text` whose type leaves undefined out. */
const strictMembers = (text: string): readonly string[] =>
  [...text.matchAll(/^ +(?:readonly )?\w+\?:\s[^;{}]*;/gm)]
    .map(([member]) => member.trim())
    // Those of functions are no members.
    .filter((member) => !/,\n/.test(member))
    .filter((member) => !/(\| undefined|\?: undefined|\?: unknown);$/.test(member));

test('is seen where it is not so', () => {
  const members = '  readonly tag?: string;\n  readonly key?: ((m: object) => string | undefined) | undefined;\n';
  expect(strictMembers(members)).toEqual(['readonly tag?: string;']);
});

test.each(files)('%s', (file) => {
  expect(strictMembers(readFileSync(join(root, file), 'utf8'))).toEqual([]);
});
