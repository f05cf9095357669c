#!/usr/bin/env bash
# lz4js 0.2.0: decompress() of an LZ4 frame with block checksums.
#
# Guess:  the checksums are verified, or skipped, and the content is right.
# Seen:   four bytes are skipped in front of each block, but the checksum lies behind it. The content is wrong, and
#         nothing is thrown:
#         with block checksums:    wrong content, nothing thrown
#         without block checksums: right content
# lz4-napi 2.9.0, another implementation, is the witness that both frames are valid.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund lz4js@0.2.0 lz4-napi@2.9.0 xxhash-wasm@1.1.0

cat > run.cjs <<'PROGRAM'
const assert = require('node:assert/strict');
const lz4js = require('lz4js');
const lz4 = require('lz4-napi');
const xxhash = require('xxhash-wasm');

const content = Buffer.from('block checksums are part of the frame format. '.repeat(40));

xxhash().then(async ({ h32Raw }) => {
  const u32 = (value) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value >>> 0);
    return bytes;
  };
  /** Two stored blocks: magic, FLG, BD, the checksum of both, the blocks, the end mark. */
  const frameOf = (hasBlockChecksums) => {
    const descriptor = Buffer.from([hasBlockChecksums ? 0b0111_0000 : 0b0110_0000, 0x40]);
    const half = content.length / 2;
    const blocks = [content.subarray(0, half), content.subarray(half)].flatMap((block) => [
      u32(block.length | 0x8000_0000),
      block,
      ...(hasBlockChecksums ? [u32(h32Raw(block))] : []),
    ]);
    const headerChecksum = Buffer.from([(h32Raw(descriptor) >>> 8) & 0xff]);
    return Buffer.concat([u32(0x184d2204), descriptor, headerChecksum, ...blocks, u32(0)]);
  };
  const outcome = (hasBlockChecksums) => {
    let read;
    try {
      read = lz4js.decompress(frameOf(hasBlockChecksums));
    } catch (error) {
      return String(error);
    }
    return Buffer.compare(Buffer.from(read), content) === 0 ? 'right content' : 'wrong content, nothing thrown';
  };
  for (const has of [true, false]) assert.ok(content.equals(await lz4.decompressFrame(frameOf(has))));
  const seen = [outcome(true), outcome(false)];
  console.log(`with block checksums:    ${seen[0]}`);
  console.log(`without block checksums: ${seen[1]}`);
  assert.deepEqual(seen, ['wrong content, nothing thrown', 'right content']);
});
PROGRAM
node run.cjs
