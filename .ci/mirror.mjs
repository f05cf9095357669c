/** The tests mirror the sources: names the files with behaviour that have no test of their own. It judges nothing. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './step.mjs';

/** Files of types and constants alone have nothing to test. */
const BEHAVIOUR = /^(export )?(abstract )?(async )?(function|class)\b|=>\s*[^;\s]/m;

const sources = ['src', 'operators'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .map((name) => join(folder, name))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('index.ts')),
);
const withBehaviour = sources.filter((name) => BEHAVIOUR.test(withoutTypes(readFileSync(join(root, name), 'utf8'))));
const alone = withBehaviour.filter((name) => !existsSync(join(root, 'test', name.replace(/\.ts$/, '.test.ts'))));
console.log(
  `mirror: ${withBehaviour.length - alone.length} of ${withBehaviour.length} files have a test of the same name`,
);
if (alone.length > 0) console.log(`        without: ${alone.join(', ')}`);

function withoutTypes(text) {
  return text.replaceAll(/\/\*.*?\*\//gs, '').replaceAll(/^(export )?(interface [\s\S]*?^\}|type [\s\S]*?;$)/gm, '');
}
