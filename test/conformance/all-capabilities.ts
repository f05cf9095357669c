/** Finds the capabilities: whatever the files of `capabilities/` export. Knows none by name. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Capability } from './capability.js';

/** A capability and where it is declared. */
export interface DeclaredCapability extends Capability {
  /** Name of its file in `test/conformance/capabilities`. */
  readonly file: string;
  /** The text of that file. */
  readonly source: string;
}

const folder = join(__dirname, 'capabilities');

/** All of them, by row, then by file. */
export const allCapabilities: readonly DeclaredCapability[] = readdirSync(folder)
  .filter((file) => file.endsWith('.ts'))
  .sort()
  .flatMap((file) => {
    const { capabilities } = jest.requireActual<{ capabilities?: readonly Capability[] }>(join(folder, file));
    if (capabilities === undefined) throw new Error(`${file} does not export capabilities`);
    const source = readFileSync(join(folder, file), 'utf8');
    return capabilities.map((capability) => ({ ...capability, file, source }));
  })
  .sort((a, b) => a.row - b.row);
