/**
 * CRC-32 as in zip and Java's `java.util.zip.CRC32`; node:zlib has it only from Node 20.15 on, and this can go when
 * older versions need no longer be supported.
 */
const POLYNOMIAL = 0xedb88320;

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++)
    remainder = (remainder & 1) === 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1;
  return remainder;
});

/** The checksum as an unsigned number. */
export function crc32(bytes: Uint8Array): number {
  let crc = -1;
  // An iterator would take several times as long.
  for (let i = 0; i < bytes.length; i++) crc = (TABLE[(crc ^ (bytes[i] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}
