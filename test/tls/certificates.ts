/** Certificates for tests, made by openssl when they are asked for: nothing private lies in the repository. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A key and its certificate: where they lie, and what is in them. */
export interface Certificate {
  readonly keyFile: string;
  readonly certFile: string;
  readonly key: Buffer;
  readonly cert: Buffer;
}

/** A certificate authority that lives as long as the process. */
export class Authority {
  readonly #folder = mkdtempSync(join(tmpdir(), 'test-certificates-'));
  readonly #name: string;
  #count = 0;

  constructor(name: string) {
    this.#name = name;
    process.once('exit', () => rmSync(this.#folder, { recursive: true, force: true }));
    const subject = ['-subj', `/CN=${name}`, '-days', '2'];
    this.#openssl('req', '-x509', ...NEW_KEY, this.#file('ca.key'), '-out', this.caFile, ...subject);
  }

  get caFile(): string {
    return this.#file('ca.pem');
  }

  get ca(): Buffer {
    return readFileSync(this.caFile);
  }

  /** `names` as in the extension: `DNS:rocketmq.test`, `IP:127.0.0.1`. */
  sign(names: string): Certificate {
    const base = `${++this.#count}`;
    const [keyFile, certFile, request] = ['key', 'pem', 'csr'].map((kind) => this.#file(`${base}.${kind}`));
    if (keyFile === undefined || certFile === undefined || request === undefined) throw new Error('no file names');
    const extensions = this.#file(`${base}.ext`);
    writeFileSync(extensions, `subjectAltName=${names}\n`);
    this.#openssl('req', ...NEW_KEY, keyFile, '-out', request, '-subj', `/CN=${this.#name} ${base}`);
    const authority = ['-CA', this.caFile, '-CAkey', this.#file('ca.key'), '-CAcreateserial'];
    this.#openssl('x509', '-req', '-in', request, ...authority, '-out', certFile, '-days', '2', '-extfile', extensions);
    return { keyFile, certFile, key: readFileSync(keyFile), cert: readFileSync(certFile) };
  }

  #file(name: string): string {
    return join(this.#folder, name);
  }

  #openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { stdio: 'pipe' });
  }
}

const NEW_KEY = ['-newkey', 'rsa:2048', '-nodes', '-keyout'];
