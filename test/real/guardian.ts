/**
 * Sees to it that no server outlives the tests, however they end. A detached shell reads from a pipe whose other end
 * only this process holds; when it closes, on purpose or because this process died, the shell kills and cleans up.
 * It starts nothing itself.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SCRIPT = `
trap '' HUP INT TERM
alive=
while read -r verb group; do
  case $verb in
    guard) alive="$alive $group" ;;
    forget) rest=; for one in $alive; do [ "$one" = "$group" ] || rest="$rest $one"; done; alive=$rest ;;
  esac
done
for group in $alive; do kill -s KILL -- "-$group" 2>/dev/null; done
rm -rf -- "$1"
`;

export class Guardian {
  /** Everything the guarded processes write; gone when the guardian is. */
  readonly folder: string;
  readonly #shell: ChildProcess;
  readonly #input: Socket;
  readonly #ended: Promise<unknown>;

  constructor(name: string) {
    this.folder = mkdtempSync(join(tmpdir(), `${name}-`));
    this.#shell = spawn('sh', ['-c', SCRIPT, 'guardian', this.folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    if (!(this.#shell.stdin instanceof Socket)) throw new Error('the guardian has no input');
    this.#input = this.#shell.stdin;
    this.#ended = once(this.#shell, 'exit');
    this.#shell.unref();
    this.#input.unref();
  }

  /** The leader of a process group that must not live on. */
  guard(groupId: number): void {
    this.#input.write(`guard ${groupId}\n`);
  }

  /** The group ended by itself: its id may be somebody else's soon. */
  forget(groupId: number): void {
    if (this.#input.writable) this.#input.write(`forget ${groupId}\n`);
  }

  /** Kills whatever is still guarded and removes the folder. */
  async end(): Promise<void> {
    this.#shell.ref();
    this.#input.end();
    await this.#ended;
  }
}
