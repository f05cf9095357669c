/** What real RocketMQ consists of on this machine, as `.ci/artifacts.mjs` found it before the suites. Looks for nothing itself. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './repository-root.js';

export type RocketMQVersion = '5.5.0' | '4.9.7';

export interface Artifacts {
  readonly version: RocketMQVersion;
  /** Of name server, broker, the official client and its tools. */
  readonly classPath: string;
  /** Of the proxy, which 5.x has. */
  readonly proxyClassPath: string | undefined;
}

/** Why there is no real RocketMQ on this machine. */
export interface Unavailable {
  readonly reason: string;
}

interface ArtifactRecord {
  readonly reason?: string;
  readonly classPaths?: Readonly<Record<string, string>>;
}

const path = join(repositoryRoot, '.work/artifacts.json');

export function findArtifacts(version: RocketMQVersion): Artifacts | Unavailable {
  const { reason = `nobody looked for RocketMQ ${version}`, classPaths = {} }: ArtifactRecord = readRecord();
  const classPath = classPaths[version];
  return classPath === undefined ? { reason } : { version, classPath, proxyClassPath: classPaths[`${version}-proxy`] };
}

function readRecord(): ArtifactRecord {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
}
