/** The recorded frames of this folder: what official Java clients and real servers sent each other. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';

export interface GoldenFrame {
  /** `<client version>/<scenario> #<position>`, for the names of tests. */
  readonly title: string;
  readonly dir: 'c2s' | 's2c';
  /** Of answers: the code of the request. */
  readonly answers?: number;
  readonly serializeType: 'JSON' | 'ROCKETMQ';
  readonly code: number;
  readonly opaque: number;
  readonly flag: number;
  readonly language: string | null;
  readonly version: number;
  readonly remark: string | null;
  readonly extFields: Readonly<Record<string, string>> | null;
  /** The whole frame, length bytes included. */
  readonly bytes: Buffer;
  readonly body: Buffer;
}

interface Recording {
  readonly frames: readonly (Omit<GoldenFrame, 'title' | 'bytes' | 'body'> & { readonly rawHex: string })[];
}

/** The frames of one recording, in order: `goldenFrames('5.5.0/send-plain')`. */
export function goldenFrames(scenario: string): readonly GoldenFrame[] {
  const recording = JSON.parse(readFileSync(join(__dirname, `${scenario}.json`), 'utf8')) as Recording;
  return recording.frames.map((frame, i) => {
    const bytes = Buffer.from(frame.rawHex, 'hex');
    const body = bytes.subarray(8 + bytes.readUIntBE(5, 3));
    return { ...frame, title: `${scenario} #${i}`, bytes, body };
  });
}

/** The names of all recordings. */
export function goldenScenarios(): readonly string[] {
  return readdirSync(__dirname, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length).replaceAll(sep, '/'))
    .sort();
}

/** The one frame of a recording that fits; fails when there is none. */
export function goldenFrame(scenario: string, fits: (frame: GoldenFrame) => boolean): GoldenFrame {
  const found = goldenFrames(scenario).find(fits);
  if (found === undefined) throw new Error(`no such frame in ${scenario}`);
  return found;
}
