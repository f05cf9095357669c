/**
 * One JVM of a test: its own process group, guarded, its output in a file. What it runs is not known here.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Guardian } from './guardian.js';

export interface JavaCommand {
  /** Of the log file, and in errors. */
  readonly name: string;
  readonly classPath: string;
  readonly jvmFlags: readonly string[];
  /** A class with its arguments, or a source file with its. */
  readonly program: readonly string[];
  /** Whether stdin and stdout are pipes instead of nothing and the log file. */
  readonly piped?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

export class JavaProcess {
  readonly child: ChildProcess;
  readonly #name: string;
  readonly #logFile: string;
  readonly #pid: number;
  readonly #exit: Promise<void>;
  #hasExited = false;

  constructor(guardian: Guardian, command: JavaCommand) {
    this.#name = command.name;
    this.#logFile = join(guardian.folder, `${command.name}.out`);
    const log = openSync(this.#logFile, 'a');
    const { folder } = guardian;
    // user.home: both versions log below it unless told otherwise, each in its own way
    const kept = [`-Duser.home=${folder}`, `-Djava.io.tmpdir=${folder}`, '-XX:-UsePerfData'];
    this.child = spawn('java', ['-cp', command.classPath, ...kept, ...command.jvmFlags, ...command.program], {
      detached: true,
      stdio: command.piped === true ? ['pipe', 'pipe', log] : ['ignore', log, log],
      env: { ...process.env, ...command.env },
    });
    closeSync(log);
    if (this.child.pid === undefined) throw new Error(`${this.#name} could not be started`);
    const pid = this.child.pid;
    this.#pid = pid;
    guardian.guard(pid);
    this.child.unref();
    this.#exit = new Promise((resolve) => {
      this.child.once('exit', () => {
        this.#hasExited = true;
        guardian.forget(pid);
        resolve();
      });
    });
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#hasExited) process.kill(-this.#pid, signal);
  }

  /** kill -9, and gone when it resolves. */
  async kill(): Promise<void> {
    this.child.ref();
    this.signal('SIGKILL');
    await this.#exit;
  }

  /** SIGTERM, and gone when it resolves. */
  async terminate(): Promise<void> {
    this.child.ref();
    this.signal('SIGTERM');
    await this.#exit;
  }

  /** Throws, with the end of the log, when the process is no longer there. */
  assertAlive(): void {
    if (this.#hasExited) throw new Error(`${this.#name} has ended:\n${this.logTail()}`);
  }

  logTail(): string {
    return readFileSync(this.#logFile, 'utf8').slice(-3000);
  }
}
