#!/usr/bin/env bash
# @bokuweb/zstd-wasm 0.0.27: decompress() of a frame that does not tell its content size.
#
# Guess:  the decoder enlarges its output until the frame ends, as the zstd command does, or at least says that it is
#         too small.
# Seen:   it reserves 1 MiB (option defaultHeapSize). One byte more is an error, and its text speaks of compressing:
#         1048576 bytes: 1048576
#         1048577 bytes: Error: Failed to compress with code -70
#         1048577 bytes, defaultHeapSize 2097152: 1048577
# A frame that tells its size has no such limit. fzstd 0.1.1 is the witness that the frames are valid.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund @bokuweb/zstd-wasm@0.0.27 fzstd@0.1.1

cat > run.cjs <<'PROGRAM'
const assert = require('node:assert/strict');
const { init, decompress } = require('@bokuweb/zstd-wasm');
const fzstd = require('fzstd');

const BLOCK = 128 * 1024;

/** A frame of blocks that each repeat one byte, without a content size and with a window of 128 KiB. */
function frameOf(length) {
  const parts = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38])];
  for (let left = length; left > 0; left -= BLOCK) {
    const isLast = left <= BLOCK ? 1 : 0;
    const header = Buffer.alloc(4);
    header.writeUIntLE((Math.min(left, BLOCK) << 3) | (1 << 1) | isLast, 0, 3);
    header[3] = 0x61;
    parts.push(header);
  }
  return Buffer.concat(parts);
}

function outcome(length, options) {
  try {
    const content = decompress(frameOf(length), options);
    assert.ok(content.every((byte) => byte === 0x61));
    return String(content.length);
  } catch (error) {
    return String(error);
  }
}

init().then(() => {
  for (const length of [1048576, 1048577]) assert.equal(fzstd.decompress(frameOf(length)).length, length);
  const seen = [
    `1048576 bytes: ${outcome(1048576)}`,
    `1048577 bytes: ${outcome(1048577)}`,
    `1048577 bytes, defaultHeapSize 2097152: ${outcome(1048577, { defaultHeapSize: 2097152 })}`,
  ];
  console.log(seen.join('\n'));
  assert.deepEqual(seen, [
    '1048576 bytes: 1048576',
    '1048577 bytes: Error: Failed to compress with code -70',
    '1048577 bytes, defaultHeapSize 2097152: 1048577',
  ]);
});
PROGRAM
node run.cjs
