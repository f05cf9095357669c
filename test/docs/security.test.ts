/** The limits in SECURITY.md are those of the code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const UNITS: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 ** 2, s: 1000, characters: 1 };

const rows = [
  ...read('SECURITY.md').matchAll(/^\| (.+) \| (\d+)(?: (\w+))? \| `(\w+)` of `(src\/[\w/-]+\.ts)` \|$/gm),
].map(
  ([, what = '', figure = '', unit, constant = '', file = '']) =>
    [what, Number(figure) * (unit === undefined ? 1 : (UNITS[unit] ?? Number.NaN)), constant, file] as const,
);

test('every limit of the table is looked at', () => {
  const lines = read('SECURITY.md')
    .split('\n')
    .filter((line) => line.includes('` of `src/'));
  expect(rows).toHaveLength(lines.length);
  expect(rows.length).toBeGreaterThan(10);
});

test.each(rows)('%s', (_, figure, constant, file) => {
  const [, value = ''] = new RegExp(`\\b${constant}\\b(?: =|:) ([\\d_ *]+)[;,]`).exec(read(file)) ?? [];
  expect(value).toMatch(/^\d/);
  const product = value.split('*').reduce((all, factor) => all * Number(factor.replaceAll('_', '').trim()), 1);
  expect(product).toBe(figure);
});
