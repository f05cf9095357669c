/**
 * Finds what a real RocketMQ needs: a JDK, and the class path of one version, resolved by Maven from its own repository
 * cache or Maven Central. Keeps nothing itself and starts no server.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type RocketMQVersion = '5.5.0' | '4.9.7';

export interface Artifacts {
  readonly version: RocketMQVersion;
  readonly classPath: string;
}

/** Why there is no real RocketMQ on this machine. */
export interface Unavailable {
  readonly reason: string;
}

/** Newer than what the servers need: the judge is one source file that `java` compiles when it starts it. */
const JAVA_NEEDED = 17;
const RESOLVE_LIMIT_MS = 60_000;
const DEPENDENCY_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1';
const MODULES = ['rocketmq-namesrv', 'rocketmq-broker', 'rocketmq-tools', 'rocketmq-client'];

/** Blocks, for a minute at most: test files must know at load time whether there is something to test. */
export function resolveArtifacts(version: RocketMQVersion): Artifacts | Unavailable {
  const missing = missingJdk();
  if (missing !== undefined) return { reason: missing };
  const found = resolveClassPath(version, MODULES);
  return typeof found === 'string' ? { version, classPath: found } : found;
}

/** The class path of these modules and what they need. */
export function resolveClassPath(version: RocketMQVersion, modules: readonly string[]): string | Unavailable {
  const folder = mkdtempSync(join(tmpdir(), 'rocketmq-artifacts-'));
  try {
    const pom = join(folder, 'pom.xml');
    const classPathFile = join(folder, 'class-path');
    writeFileSync(pom, pomOf(version, modules));
    const goal = `${DEPENDENCY_PLUGIN}:build-classpath`;
    const maven = run('mvn', ['-B', '-q', '-f', pom, goal, `-Dmdep.outputFile=${classPathFile}`], RESOLVE_LIMIT_MS);
    if (maven.problem !== undefined) return { reason: `Maven did not resolve RocketMQ ${version}: ${maven.problem}` };
    return readFileSync(classPathFile, 'utf8').trim();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function missingJdk(): string | undefined {
  const compiler = run('javac', ['-version'], 10_000);
  if (compiler.problem !== undefined) return `no JDK: ${compiler.problem}`;
  const found = Number(/javac (\d+)/.exec(compiler.output)?.[1] ?? 0);
  return found >= JAVA_NEEDED ? undefined : `a JDK ${JAVA_NEEDED} or newer is needed, found ${compiler.output.trim()}`;
}

function run(command: string, args: readonly string[], timeoutMs: number): { output: string; problem?: string } {
  const child = spawnSync(command, args, { encoding: 'utf8', timeout: timeoutMs, killSignal: 'SIGKILL' });
  const output = `${child.stdout ?? ''}${child.stderr ?? ''}`;
  if (child.error !== undefined) return { output, problem: `${command}: ${child.error.message}` };
  if (child.status !== 0) return { output, problem: `${command} ended with ${child.status}\n${output.slice(-2000)}` };
  return { output };
}

function pomOf(version: RocketMQVersion, modules: readonly string[]): string {
  const dependencies = modules.map(
    (module) =>
      `<dependency><groupId>org.apache.rocketmq</groupId><artifactId>${module}</artifactId><version>${version}</version></dependency>`,
  );
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>scratch</groupId><artifactId>class-path</artifactId><version>1</version>
<dependencies>${dependencies.join('')}</dependencies></project>`;
}
