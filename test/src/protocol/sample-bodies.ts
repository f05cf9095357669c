/** Bodies of each kind that compression meets, as large as wanted, the same in every run. */
import { seededRandom } from '../../../src/testing/seeded-random.js';

const WORDS = 'order payment of the and shipped to customer warehouse invoice Größe 消息 🚀 returned paid a in'.split(
  ' ',
);

export const bodyKinds = {
  text: (random: () => number) => `${WORDS[Math.floor(random() * WORDS.length)]} `,
  json: (random: () => number) =>
    `${JSON.stringify({ id: Math.floor(random() * 1e9), customer: `c-${Math.floor(random() * 500)}`, amount: random() * 100, tags: ['new', 'eu'] })},`,
  repetitive: () => 'abcabcabd',
} as const;

export type BodyKind = keyof typeof bodyKinds | 'random';
export const BODY_KINDS: readonly BodyKind[] = ['text', 'json', 'random', 'repetitive'];

/** From here on a body repeats itself, farther back than zlib and LZ4 look. */
const LARGEST_PIECE = 1024 * 1024;

/** Exactly `bytes` bytes. */
export function sampleBody(kind: BodyKind, bytes: number, seed = 1): Buffer {
  if (kind === 'random') return randomBytes(bytes, seed);
  if (bytes > LARGEST_PIECE) return Buffer.alloc(bytes, sampleBody(kind, LARGEST_PIECE, seed));
  const random = seededRandom(seed);
  const piece = bodyKinds[kind];
  const pieces: string[] = [];
  for (let length = 0; length < bytes; length += pieces.at(-1)?.length ?? 0) pieces.push(piece(random));
  return Buffer.from(pieces.join('')).subarray(0, bytes);
}

function randomBytes(bytes: number, seed: number): Buffer {
  const random = seededRandom(seed);
  const words = Uint32Array.from({ length: Math.ceil(bytes / 4) }, () => random() * 2 ** 32);
  return Buffer.from(words.buffer, 0, bytes);
}
