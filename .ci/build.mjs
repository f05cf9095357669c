/**
 * Builds what is published: dist/esm and dist/cjs, each with its own declarations, by two runs of the compiler each. Last
 * line: what was built (not with --quiet). Other output only when something is wrong.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const common = ['-p', join(root, '.ci/tsconfig.build.json')];
const commonjs = ['--module', 'commonjs', '--moduleResolution', 'bundler', '--verbatimModuleSyntax', 'false'];

rmSync(dist, { recursive: true, force: true });
for (const [format, options] of [
  ['esm', []],
  ['cjs', commonjs],
]) {
  // Comments are for editors, which read the declarations.
  compile(format, [...options, '--removeComments', '--declaration', 'false']);
  compile(format, [...options, '--emitDeclarationOnly']);
}
// The package is of type module; below this file it is not.
writeFileSync(join(dist, 'cjs/package.json'), '{ "type": "commonjs" }\n');
if (!process.argv.includes('--quiet')) {
  console.log(`build: ${modules('esm')} modules in dist/esm, ${modules('cjs')} in dist/cjs`);
}

function compile(format, options) {
  const args = [join(root, 'node_modules/typescript/bin/tsc'), ...common, '--outDir', join(dist, format), ...options];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status === 0) return;
  console.log(`build: FAILED, dist/${format} does not compile`);
  process.exit(1);
}

function modules(format) {
  return readdirSync(join(dist, format), { recursive: true }).filter((name) => name.endsWith('.js')).length;
}
