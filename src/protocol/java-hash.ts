/**
 * Java's `String.hashCode`, by which Java clients choose the queue of a sharding key.
 */

/** The hash as a Java int, over UTF-16 code units as in Java; may be negative. */
export function javaHashCode(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}
