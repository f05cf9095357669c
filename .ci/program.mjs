/**
 * Runs one of the programs of this repository (an example, the demo, the benchmark) against the package as it is built
 * from the sources now: `node .ci/program.mjs examples/demo.ts …`. Ends as the program ends. Without a program it only
 * builds what they all need.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root, run } from './step.mjs';

const [program, ...args] = process.argv.slice(2);
const isBuilt =
  run(['.ci/build.mjs', '--quiet']) && run(['node_modules/typescript/bin/tsc', '-p', '.ci/tsconfig.programs.json']);
if (!isBuilt || program === undefined) process.exit(isBuilt ? 0 : 1);

const compiled = join(root, '.work/programs', program.replace(/\.ts$/, '.js'));
const child = spawn(process.execPath, [compiled, ...args], { stdio: 'inherit' });
// Ctrl-C reaches the program itself, which may want to end in its own way; here it only must not end the waiting.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code) => process.exit(code ?? 1));
