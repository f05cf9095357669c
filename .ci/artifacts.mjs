/**
 * Finds what real RocketMQ needs: a JDK, and the class paths of its servers and clients, resolved by Maven from its own
 * repository cache or Maven Central. Says what it found in a file, for the suites of test/real; starts no server.
 * Jest calls it before these suites (`globalSetup`). `npm test` begins it earlier, as a program, so that what is not on
 * this machine yet is fetched while other tests run.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from './step.mjs';

/** Older ones do not compile the judge. */
const JAVA_NEEDED = 17;
const DEPENDENCY_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1';
const CLUSTER = ['rocketmq-namesrv', 'rocketmq-broker', 'rocketmq-tools', 'rocketmq-client'];
const WANTED = [
  { name: '5.5.0', version: '5.5.0', modules: CLUSTER },
  { name: '5.5.0-proxy', version: '5.5.0', modules: ['rocketmq-proxy'] },
  { name: '4.9.7', version: '4.9.7', modules: CLUSTER },
];
/** What an attempt has fetched the next one need not fetch. */
const ATTEMPTS = 3;
const ATTEMPT_LIMIT_MS = 300_000;
const PAUSE_MS = 5000;
/** A server that says nothing for so long is asked anew; Maven would wait for half an hour. */
const SILENCE_MS = 30_000;
const PATIENCE = ['maven.wagon.rto', 'aether.connector.requestTimeout'].map((name) => `-D${name}=${SILENCE_MS}`);

const work = join(root, '.work');
const record = join(work, 'artifacts.json');
const poms = WANTED.map(pomOf);
/** Of what is looked for: a record of something else does not count. */
const digest = createHash('sha256').update(poms.join('\n')).digest('hex');

/** Writes the record, unless there is one whose files are all there. */
export default async function findArtifacts() {
  if (process.env.RMQ_REAL === 'off' || isUpToDate()) return;
  const startedAt = performance.now();
  const found = await find();
  mkdirSync(work, { recursive: true });
  // Under its final name it is whole: others may be reading it.
  const written = `${record}-${process.pid}`;
  writeFileSync(written, JSON.stringify({ digest, ...found }, undefined, 2));
  renameSync(written, record);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(found.reason === undefined ? `ok     artifacts of RocketMQ, by Maven (${seconds} s)` : found.reason);
}

function isUpToDate() {
  try {
    const { digest: recorded, classPaths } = JSON.parse(readFileSync(record, 'utf8'));
    const files = Object.values(classPaths).flatMap((classPath) => classPath.split(delimiter));
    return recorded === digest && files.every((file) => existsSync(file));
  } catch {
    return false;
  }
}

async function find() {
  const reason = await missingJdk();
  if (reason !== undefined) return { reason };
  mkdirSync(work, { recursive: true });
  const folder = mkdtempSync(join(work, 'maven-'));
  try {
    return await resolve(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function missingJdk() {
  const { problem, output } = await run('javac', ['-version'], 10_000);
  if (problem !== undefined) return `no JDK: ${problem}`;
  const version = Number(/javac (\d+)/.exec(output)?.[1] ?? 0);
  return version >= JAVA_NEEDED ? undefined : `a JDK ${JAVA_NEEDED} or newer is needed, found ${output.trim()}`;
}

/** All class paths in one run of Maven, each from a project of its own. */
async function resolve(folder) {
  const modules = WANTED.map(({ name }) => `<module>${name}</module>`);
  writeFileSync(
    join(folder, 'pom.xml'),
    project('all', `<packaging>pom</packaging><modules>${modules.join('')}</modules>`),
  );
  for (const [index, { name }] of WANTED.entries()) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'pom.xml'), poms[index]);
  }
  const goal = [`${DEPENDENCY_PLUGIN}:build-classpath`, '-Dmdep.outputFile=class-path', ...PATIENCE];
  for (let attempt = 1; ; attempt++) {
    // Asked again, Maven believes its own record of what it did not find, unless told otherwise.
    const again = attempt === 1 ? [] : ['-U'];
    const { problem } = await run(
      'mvn',
      ['-B', '-q', '-f', join(folder, 'pom.xml'), ...again, ...goal],
      ATTEMPT_LIMIT_MS,
    );
    if (problem === undefined) break;
    const reason = `Maven did not resolve RocketMQ: ${problem}`;
    if (attempt === ATTEMPTS || problem.includes('ENOENT')) return { reason };
    console.log(`${reason}\nartifacts of RocketMQ: attempt ${attempt + 1} of ${ATTEMPTS} follows`);
    await new Promise((resume) => setTimeout(resume, PAUSE_MS));
  }
  const classPaths = WANTED.map(({ name }) => [name, readFileSync(join(folder, name, 'class-path'), 'utf8').trim()]);
  return { classPaths: Object.fromEntries(classPaths) };
}

function pomOf({ name, version, modules }) {
  const dependencies = modules.map(
    (module) =>
      `<dependency><groupId>org.apache.rocketmq</groupId><artifactId>${module}</artifactId><version>${version}</version></dependency>`,
  );
  return project(name, `<dependencies>${dependencies.join('')}</dependencies>`);
}

function project(name, content) {
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>scratch</groupId><artifactId>${name}</artifactId><version>1</version>${content}</project>`;
}

/** What the command printed, and the problem if there was one. */
function run(command, args, limitMs) {
  return new Promise((resolved) => {
    let output = '';
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: limitMs, killSignal: 'SIGKILL' });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (output += bytes));
    child.once('error', ({ message }) => resolved({ output, problem: `${command}: ${message}` }));
    child.once('close', (code, signal) => {
      const problem = `${command} ended with ${signal ?? code}\n${output.slice(-2000)}`;
      resolved(code === 0 ? { output } : { output, problem });
    });
  });
}

if (process.argv[1] === import.meta.filename) await findArtifacts();
