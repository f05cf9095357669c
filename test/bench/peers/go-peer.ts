/** The Go client, at the version of go/go.mod, compiled where Go is. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from '../bench.js';
import { lastLineOf, runCommand } from '../programs.js';
import { argumentsOf, type Peer } from './peer.js';

async function compiled({ root }: Bench): Promise<string> {
  const folder = join(root, '.work/peers/go');
  cpSync(join(root, 'test/bench/peers/go'), folder, { recursive: true });
  await runCommand('go', ['mod', 'tidy'], { cwd: folder });
  await runCommand('go', ['build', '-o', 'peer', '.'], { cwd: folder });
  return join(folder, 'peer');
}

export const goPeer: Peer = {
  name: 'go',
  title: 'Go 2.1.2, `SendAsync`',
  isOurs: false,
  messages: 100_000,
  prepare: async (bench) => {
    const program = await compiled(bench);
    return async (order) => lastLineOf(await runCommand(program, argumentsOf(order)));
  },
};
