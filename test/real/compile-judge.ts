/**
 * Compiles the sources of the judge against one version of RocketMQ. Starts nothing.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { RocketMQVersion } from './artifacts.js';

export interface CompiledJudge {
  /** The folder of its classes. */
  readonly classes: string;
  /** The names of its classes of further verbs. */
  readonly themes: readonly string[];
}

const sources = join(__dirname, 'judge');

/** All of `judge/`, and of the folder there that is named as the version; blocks for two to three seconds. */
export function compileJudge(folder: string, version: RocketMQVersion, classPath: string): CompiledJudge {
  const files = [sources, join(sources, version)].flatMap(javaFiles);
  const classes = join(folder, 'judge-classes');
  mkdirSync(classes);
  const options = ['-proc:none', '-nowarn', '-cp', classPath, '-d', classes];
  const { status, stderr } = spawnSync('javac', [...options, ...files], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the judge does not compile against ${version}:\n${stderr}`);
  const themes = files.map((file) => basename(file, '.java')).filter((name) => /.Verbs$/.test(name));
  return { classes, themes };
}

function javaFiles(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.java'))
    .map((name) => join(folder, name));
}
