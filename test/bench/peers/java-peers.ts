/** The official Java client, with the class path that the suites against real RocketMQ use, where a JDK and Maven are. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findArtifacts } from '../../real/artifacts.js';
import type { Bench } from '../bench.js';
import { lastLineOf, runCommand } from '../programs.js';
import { argumentsOf, type Peer } from './peer.js';

const VERSION = '5.5.0';
const FLAGS = ['-Xms512m', '-Xmx512m', '-Djava.net.preferIPv4Stack=true'];

const javaPeer = (mode: 'async' | 'batch', title: string): Peer => ({
  name: `java-${mode}`,
  title: `Java ${VERSION}, ${title}`,
  isOurs: false,
  messages: 400_000,
  prepare: async (bench) => {
    const classPath = await compiled(bench);
    return async (order) => {
      // Its logs go below the home folder, wherever that is.
      const home = `-Duser.home=${join(bench.root, '.work/peers')}`;
      const program = [home, ...FLAGS, '-cp', classPath, 'JavaPeer', mode, ...argumentsOf(order)];
      return lastLineOf(await runCommand('java', program));
    };
  },
});

async function compiled({ root }: Bench): Promise<string> {
  await runCommand(process.execPath, [join(root, '.ci/artifacts.mjs')], { cwd: root });
  const artifacts = findArtifacts(VERSION);
  if ('reason' in artifacts) throw new Error(artifacts.reason);
  const source = join(root, 'test/bench/peers/JavaPeer.java');
  const digest = createHash('sha256').update(artifacts.classPath).update(readFileSync(source)).digest('hex');
  const classes = join(root, '.work/peers', `java-${digest.slice(0, 16)}`);
  if (!existsSync(join(classes, 'JavaPeer.class'))) {
    mkdirSync(classes, { recursive: true });
    await runCommand('javac', ['-proc:none', '-nowarn', '-cp', artifacts.classPath, '-d', classes, source]);
  }
  return [classes, artifacts.classPath].join(delimiter);
}

export const javaPeers: readonly Peer[] = [
  javaPeer('async', 'asynchronous `send`'),
  javaPeer('batch', 'asynchronous `send` of 32 at once'),
];
