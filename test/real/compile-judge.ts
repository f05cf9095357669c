/**
 * Compiles the sources of the judge against one version of RocketMQ, once for each text of them: many clusters boot in one
 * run. Starts nothing.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { RocketMQVersion } from './artifacts.js';
import { repositoryRoot } from './repository-root.js';

export interface CompiledJudge {
  /** The folder of its classes. */
  readonly classes: string;
  /** The names of its classes of further verbs. */
  readonly themes: readonly string[];
}

const sources = join(repositoryRoot, 'test/real/judge');
const compiled = join(repositoryRoot, '.work/judge');

/** All of `judge/`, and of the folder there that is named as the version; blocks for two to three seconds at first. */
export function compileJudge(version: RocketMQVersion, classPath: string): CompiledJudge {
  const files = [sources, join(sources, version)].flatMap(javaFiles);
  const themes = files.map((file) => basename(file, '.java')).filter((name) => /.Verbs$/.test(name));
  const digest = createHash('sha256').update(classPath);
  for (const file of files) digest.update(file).update(readFileSync(file));
  const classes = join(compiled, `${version}-${digest.digest('hex').slice(0, 16)}`);
  if (existsSync(classes)) return { classes, themes };

  mkdirSync(compiled, { recursive: true });
  // Another process may be doing the same: what is there under its final name is whole.
  const scratch = mkdtempSync(join(compiled, 'scratch-'));
  const options = ['-proc:none', '-nowarn', '-cp', classPath, '-d', scratch];
  const { status, stderr } = spawnSync('javac', [...options, ...files], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the judge does not compile against ${version}:\n${stderr}`);
  try {
    renameSync(scratch, classes);
  } catch {
    rmSync(scratch, { recursive: true });
  }
  return { classes, themes };
}

function javaFiles(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.java'))
    .map((name) => join(folder, name));
}
