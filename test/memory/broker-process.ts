/** The broker's process, as the memory programs see it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export class BrokerProcess {
  readonly nameServers: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, nameServers: string) {
    this.#child = child;
    this.nameServers = nameServers;
  }

  /** Resolves when it serves. Without `stop()` it keeps this process alive. */
  static async start(): Promise<BrokerProcess> {
    const child = fork(join(import.meta.dirname, 'broker.js'), { execArgv: [] });
    const [nameServers]: unknown[] = await once(child, 'message');
    return new BrokerProcess(child, String(nameServers));
  }

  /** From now on it reads and never answers. */
  pause(): Promise<void> {
    return this.#tell('pause');
  }

  resume(): Promise<void> {
    return this.#tell('resume');
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }

  async #tell(command: string): Promise<void> {
    const done = once(this.#child, 'message');
    this.#child.send(command);
    await done;
  }
}
