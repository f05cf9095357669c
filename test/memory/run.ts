/**
 * `npm run test:memory`: what is kept, and for how long. Each program runs in a process of its own, against a broker in
 * another one. `SECONDS_LONG` says how long the silent broker is silent (60).
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const programs = ['silent-broker', 'push-source', 'life-cycles'];

const failed = programs.filter((program) => {
  const args = ['--expose-gc', join(import.meta.dirname, `${program}.js`)];
  return spawnSync(process.execPath, args, { stdio: 'inherit' }).status !== 0;
});
const names = failed.length === 0 ? '' : ` (${failed.join(', ')})`;
console.log(`memory: ${programs.length - failed.length} passed, ${failed.length} failed${names}`);
process.exitCode = failed.length === 0 ? 0 : 1;
