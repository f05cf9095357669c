import { decompress as lz4jsDecompress, compress as lz4jsCompress } from 'lz4js';
import { createLz4Codec, readLz4Frames } from '../../../src/protocol/lz4-codec.js';
import { sendMessage } from '../../../src/protocol/requests/send-message.js';
import { goldenFrame } from '../../golden/golden-frames.js';
import { read } from './frames.js';
import { BODY_KINDS, sampleBody } from './sample-bodies.js';

const MIB = 1024 * 1024;
const ANY_LEVEL = 5;

// Written by the Java classes.
test('the bytes are those of Java', () => {
  const frame = Buffer.from(createLz4Codec().compressSync(Buffer.alloc(100, 'a'), ANY_LEVEL));
  expect(frame.toString('hex')).toBe('04224d186070730b0000001f6101004b50616161616100000000');
});

test.each(['5.5.0/compress-lz4', '5.5.0-on-4.9.7/compress-lz4'])('a recorded body of Java is read: %s', (recording) => {
  const { bytes } = goldenFrame(recording, ({ code }) => code === 310);
  const { body, sysFlag } = sendMessage.decodeRequest(read(bytes));
  expect(sysFlag).toBe(createLz4Codec().sysFlag);
  const plain = readLz4Frames(Buffer.from(body), 10_240);
  expect(plain).toHaveLength(10_240);
  const again = Buffer.from(createLz4Codec().compressSync(plain, ANY_LEVEL));
  expect(again.subarray(0, 7)).toEqual(Buffer.from(body).subarray(0, 7));
  expect(readLz4Frames(again, 10_240).equals(plain)).toBe(true);
});

test.each(BODY_KINDS)('%s, also of several blocks, is read by lz4js and by us', (kind) => {
  const codec = createLz4Codec();
  for (const size of [1, 100, 4096, MIB, 4 * MIB, 4 * MIB + 1, 9 * MIB]) {
    const body = sampleBody(kind, size);
    const frame = Buffer.from(codec.compressSync(body, ANY_LEVEL));
    expect(frame.subarray(0, 7).toString('hex')).toBe('04224d18607073');
    expect(frame.readUInt32LE(frame.length - 4)).toBe(0);
    const theirs = Buffer.from(lz4jsDecompress(frame, size));
    expect([size, theirs.equals(body), codec.decompress(frame, size).equals(body)]).toEqual([size, true, true]);
  }
});

test('a block that does not get smaller goes as it is', () => {
  const body = sampleBody('random', 1000);
  const frame = Buffer.from(createLz4Codec().compressSync(body, ANY_LEVEL));
  expect(frame.readUInt32LE(7)).toBe(0x80000000 + 1000);
  expect(frame.subarray(11, 1011).equals(body)).toBe(true);
});

test('the bytes of a view that is a part of something larger are its own', () => {
  const whole = Buffer.alloc(300, 'b');
  whole.fill('a', 100, 200);
  const part = new Uint8Array(whole.buffer, whole.byteOffset + 100, 100);
  const frame = Buffer.from(createLz4Codec().compressSync(part, ANY_LEVEL));
  expect(readLz4Frames(frame, 100).toString()).toBe('a'.repeat(100));
});

describe('frames of others', () => {
  test('whose blocks are linked are read', () => {
    const body = sampleBody('text', 9 * MIB);
    const frame = Buffer.from(lz4jsCompress(body));
    expect((frame[4] ?? 0) & 0x20).toBe(0);
    expect(readLz4Frames(frame, 9 * MIB).equals(body)).toBe(true);
  });

  const block = '1f6101004b506161616161';
  const size = '0b000000';
  test.each([
    ['a content size', `04224d18 68 70 00 6400000000000000`, `${size}${block} 00000000`],
    ['checksums of blocks and content', `04224d18 74 70 00`, `${size}${block} 12345678 00000000 12345678`],
    ['another one behind it', `04224d18 60 70 73 ${size}${block} 00000000 04224d18 60 70 73`, '00000000'],
  ])('with %s are read', (_, head, rest) => {
    const frame = Buffer.from(`${head}${rest}`.replaceAll(' ', ''), 'hex');
    expect(readLz4Frames(frame, 100).toString()).toBe('a'.repeat(100));
  });

  test.each([
    ['nothing', ''],
    ['another magic', '04224d19 607073 00000000'],
    ['another version', '04224d18 207073 00000000'],
    ['a dictionary', '04224d18 617073 00000000 00000000'],
    ['a block that is cut off', `04224d18 607073 ${size}1f61`],
    ['no end', `04224d18 607073 ${size}${block}`],
    ['half a content checksum', `04224d18 647000 ${size}${block} 00000000 1234`],
    ['something behind it', `04224d18 607073 ${size}${block} 00000000 00`],
  ])('with %s are refused', (_, hex) => {
    expect(() => readLz4Frames(Buffer.from(hex.replaceAll(' ', ''), 'hex'), 1000)).toThrow(/./);
  });

  test('never become larger than the limit', () => {
    const bomb = Buffer.from(createLz4Codec().compressSync(Buffer.alloc(20 * MIB), ANY_LEVEL));
    expect(() => readLz4Frames(bomb, 4 * MIB)).toThrow('larger than the limit');
    expect(readLz4Frames(bomb, 20 * MIB)).toHaveLength(20 * MIB);
  });
});
