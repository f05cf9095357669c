import { splitZstdFrames } from '../../../src/protocol/zstd-frames.js';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const MAGIC = '28b52ffd';
/** The last block, of two bytes as they are. */
const RAW = '110000 6162';

test.each([
  ['20 64', 100],
  ['60 0100', 257],
  ['80 58 00004000', 4_194_304],
  ['a0 00004000', 4_194_304],
  ['c0 58 0000400000000000', 4_194_304],
  ['83 58 01020304 00004000', 4_194_304],
  ['00 58', undefined],
])('the content size in the header %s is %p', (header, contentSize) => {
  const frame = bytes(`${MAGIC} ${header} ${RAW}`);
  expect(splitZstdFrames(frame)).toEqual([{ bytes: frame, contentSize }]);
});

test('several blocks, repeated bytes and a checksum belong to the frame', () => {
  const frame = bytes(`${MAGIC} 04 58 100000 6162 02f0ff 61 ${RAW} 01020304`);
  expect(splitZstdFrames(frame)).toEqual([{ bytes: frame, contentSize: undefined }]);
});

test('several frames are told apart, and what is to be skipped is', () => {
  const [first, second] = [bytes(`${MAGIC} 2002 ${RAW}`), bytes(`${MAGIC} 0058 ${RAW}`)];
  const skippable = bytes('5f2a4d18 03000000 010203');
  const frames = splitZstdFrames(Buffer.concat([skippable, first, skippable, second]));
  expect(frames.map((frame) => frame.bytes)).toEqual([first, second]);
});

test('there are 1024 of them at most: each takes a decoder of its own', () => {
  const frame = bytes(`${MAGIC} 2002 ${RAW}`);
  const frames = (count: number): Buffer => Buffer.concat(Array.from({ length: count }, () => frame));
  expect(splitZstdFrames(frames(1024))).toHaveLength(1024);
  expect(() => splitZstdFrames(frames(1025))).toThrow('more than 1024 zstd frames');
});

test('whatever is cut off, or is something else, is refused', () => {
  const whole = bytes(`${MAGIC} 04 58 100000 6162 ${RAW} 01020304`);
  for (let length = 0; length < whole.length; length++) {
    expect(() => splitZstdFrames(whole.subarray(0, length))).toThrow(/./);
  }
  expect(() => splitZstdFrames(Buffer.concat([whole, Buffer.from('x')]))).toThrow(/./);
  expect(() => splitZstdFrames(bytes('5f2a4d18 04000000 010203'))).toThrow(/./);
  expect(() => splitZstdFrames(Buffer.from('plain text'))).toThrow('no zstd frame');
});
