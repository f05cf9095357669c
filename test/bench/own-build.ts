/**
 * Builds the package and the benchmark's programs in a folder of its own, so that a test can run them whatever other
 * tests do with dist meanwhile. The folder is a package of the same name: programs find the build in it as users do.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Programs } from './programs.js';

export interface OwnBuild {
  readonly programs: Programs;
  remove(): void;
}

/** Builds; `root` is the repository. Throws where something does not compile. */
export function buildOwn(root: string): OwnBuild {
  const work = join(root, '.work');
  mkdirSync(work, { recursive: true });
  const folder = mkdtempSync(join(work, 'bench-build-'));
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
  compile(root, 'tsconfig.build.json', join(folder, 'dist/esm'));
  compile(root, 'tsconfig.programs.json', join(folder, 'programs'));
  return {
    programs: new Programs(join(folder, 'programs/test/bench')),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function compile(root: string, config: string, outDir: string): void {
  const args = [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, '.ci', config), '--outDir', outDir];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${config} does not compile:\n${stdout}`);
}
