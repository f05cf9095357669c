/** Finds the repository: these files run compiled by jest and, compiled elsewhere, as part of the benchmark. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The nearest folder above the working directory that has the lock file of the package. */
export const repositoryRoot = find(process.cwd());

function find(folder: string): string {
  if (existsSync(join(folder, 'package-lock.json'))) return folder;
  if (dirname(folder) === folder) throw new Error(`${process.cwd()} is not in the repository`);
  return find(dirname(folder));
}
