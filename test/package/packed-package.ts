/**
 * Builds and packs the package as it would be published, in a folder of its own, and installs it for a consumer. It
 * fetches nothing: the consumer's other dependencies are those of this repository.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(__dirname, '../..');
const modules = join(root, 'node_modules');

export interface Outcome {
  readonly status: number | null;
  readonly output: string;
}

export class PackedPackage {
  /** The consumer's. */
  readonly folder = mkdtempSync(join(tmpdir(), 'rx-rocketmq-package-'));
  readonly tarball: string;
  /** The unpacked package, inside the consumer's node_modules. */
  readonly installed: string;
  /** What the package holds, sorted. */
  readonly files: readonly string[];

  constructor() {
    const checkout = join(this.folder, 'checkout');
    for (const name of readdirSync(root)) {
      if (!['.git', '.work', 'dist', 'node_modules'].includes(name))
        cpSync(join(root, name), join(checkout, name), { recursive: true });
    }
    symlinkSync(modules, join(checkout, 'node_modules'));
    const npm = ['pack', '--silent', '--pack-destination', this.folder];
    const name = execFileSync('npm', npm, { cwd: checkout, encoding: 'utf8' }).trim().split('\n').at(-1) ?? '';
    this.tarball = join(this.folder, name);

    this.installed = join(this.folder, 'node_modules/rx-rocketmq');
    mkdirSync(this.installed, { recursive: true });
    execFileSync('tar', ['-xzf', this.tarball, '--strip-components=1', '-C', this.installed]);
    this.files = readdirSync(this.installed, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.installed.length + 1))
      .sort();
    for (const dependency of ['rxjs', '@types/node', ...ownDependencies()]) {
      mkdirSync(dirname(join(this.folder, 'node_modules', dependency)), { recursive: true });
      symlinkSync(join(modules, dependency), join(this.folder, 'node_modules', dependency));
    }
  }

  /** Writes a file of the consumer's. */
  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** Runs one file of the consumer's, or a program of this repository's node_modules, in the consumer's folder. */
  node(...args: readonly string[]): Outcome {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: this.folder, encoding: 'utf8' });
    return { status, output: `${stdout}${stderr}`.trim() };
  }

  tool(path: string, ...args: readonly string[]): Outcome {
    return this.node(join(modules, path), ...args);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function ownDependencies(): readonly string[] {
  const manifest: { readonly dependencies: Readonly<Record<string, string>> } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  return Object.keys(manifest.dependencies);
}
