/**
 * The numbers by which a connection tells its requests apart: 0, 1, 2, … 2^31-1, 0, … Which of them are in use is not
 * known here.
 */

const MASK = 0x7fff_ffff;

/** Two opaques are compared over the shorter way round; nothing stays pending for 2^30 requests. */
const HALF = 0x4000_0000;

export function opaqueAfter(opaque: number): number {
  return (opaque + 1) & MASK;
}

/** Whether `opaque` was given out later than `than`. */
export function isLaterOpaque(opaque: number, than: number): boolean {
  const distance = (opaque - than) & MASK;
  return distance !== 0 && distance < HALF;
}
