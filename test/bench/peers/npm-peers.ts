/**
 * Clients from npm. They are no dependencies: each is installed into .work at a fixed version when it is asked for, and
 * without running scripts of its own.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from '../bench.js';
import { lastLineOf, runCommand } from '../programs.js';
import { argumentsOf, type Peer } from './peer.js';

const INSTALL = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel', 'error'];

interface NpmPeer {
  readonly name: string;
  readonly version: string;
  readonly messages: number;
  /** The program that drives it. */
  readonly program: string;
}

const npmPeer = ({ name, version, messages, program }: NpmPeer): Peer => ({
  name,
  title: `${name} ${version}`,
  isOurs: false,
  messages,
  prepare: async (bench) => {
    const folder = await installed(bench, name, version);
    return async (order) => lastLineOf(await bench.programs.run(program, [folder, ...argumentsOf(order)]));
  },
});

/** The folder that the package is installed in. */
async function installed({ root }: Bench, name: string, version: string): Promise<string> {
  const folder = join(root, '.work/peers', `${name}-${version}`);
  if (existsSync(join(folder, 'node_modules', name, 'package.json'))) return folder;
  mkdirSync(folder, { recursive: true });
  const manifest = { private: true, dependencies: { [name]: version } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  await runCommand('npm', INSTALL, { cwd: folder });
  return folder;
}

export const aliOns = npmPeer({
  name: 'ali-ons',
  version: '3.12.0',
  messages: 200_000,
  program: 'peers/ali-ons-program.js',
});

export const grpcClient = npmPeer({
  name: 'rocketmq-client-nodejs',
  version: '1.0.8',
  messages: 5000,
  program: 'peers/grpc-program.js',
});
