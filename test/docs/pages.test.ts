/**
 * The pages of docs/ that are made from the code's tables are the ones in the repository. `npm run docs` writes them.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorTable } from '../../src/errors/error-table.js';
import { createError } from '../../src/errors/rocketmq-error.js';
import { renderErrorPage } from './error-page.js';
import { renderJavaPage } from './java-page.js';
import { renderJavaSettings } from './java-settings-page.js';
import { renderOptionPage } from './option-page.js';
import { renderReadersPage } from './readers-page.js';

const root = join(__dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const optionSources = readdirSync(join(root, 'src/producer'), { recursive: true, encoding: 'utf8' })
  .filter((name) => /((^|\/)(config|window)|-options)\.ts$/.test(name))
  .map((name) => read(`src/producer/${name}`));

const pages: readonly [path: string, render: () => string][] = [
  ['docs/errors.md', renderErrorPage],
  ['docs/options.md', () => renderOptionPage(optionSources)],
  ['docs/java-sends.md', () => renderJavaPage(read('test/docs/java-sends.ts'))],
  ['docs/java-settings.md', renderJavaSettings],
  ['docs/readers.md', renderReadersPage],
];

test.each(pages)('%s is what the tables say', (path, render) => {
  if (process.env['DOCS'] === 'write') writeFileSync(join(root, path), render());
  expect(read(path)).toBe(render());
});

test('the link in the advice of each error leads to a heading of the page', () => {
  const headings = [...read('docs/errors.md').matchAll(/^### (.*)$/gm)].map(([, heading = '']) =>
    heading.toLowerCase(),
  );
  for (const code of Object.keys(errorTable) as (keyof typeof errorTable)[]) {
    const anchor = createError(code, 'x').advice.split('#').at(-1);
    expect(headings).toContain(anchor);
  }
  expect(headings).toHaveLength(Object.keys(errorTable).length);
});
