/** Runs one step of a check or test run as a process of its own. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');

/** Runs `command` (Node arguments) with its output shown; true when it succeeded. */
export function run(command, env = {}) {
  const { status } = spawnSync(process.execPath, command, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  return status === 0;
}

/** Runs `command` quietly: one line when it succeeds, its output when it fails. */
export function runQuietly(name, command) {
  const startedAt = performance.now();
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 };
  const { status, stdout, stderr } = spawnSync(process.execPath, command, options);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  if (status !== 0) console.log(`${stdout}${stderr}`.trimEnd());
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  return status === 0;
}
