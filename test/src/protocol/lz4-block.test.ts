import fc from 'fast-check';
import { decompressBlock } from 'lz4js';
import { decodeBlock, Lz4BlockEncoder, Lz4Output, maxBlockBytes } from '../../../src/protocol/lz4-block.js';
import { BODY_KINDS, sampleBody } from './sample-bodies.js';

function encode(source: Buffer, encoder = new Lz4BlockEncoder()): Buffer {
  const out = Buffer.alloc(maxBlockBytes(source.length));
  return out.subarray(0, encoder.encode(source, 0, source.length, out, 0));
}

function decode(block: Buffer, maxBytes: number): Buffer {
  const output = new Lz4Output(16, maxBytes);
  decodeBlock(block, 0, block.length, output, 0);
  return output.bytes.subarray(0, output.length);
}

/** Where matches begin and end, and how many literals end the block. */
function shape(block: Buffer): { matchStarts: number[]; matchEnds: number[]; lastLiterals: number; length: number } {
  const matchStarts: number[] = [];
  const matchEnds: number[] = [];
  let at = 0;
  let length = 0;
  const more = (inToken: number): number => {
    let total = inToken;
    for (let next = inToken === 15 ? 255 : 0; next === 255; total += next) next = block[at++] ?? 0;
    return total;
  };
  for (;;) {
    const token = block[at++] ?? 0;
    const literals = more(token >> 4);
    at += literals;
    length += literals;
    if (at >= block.length) return { matchStarts, matchEnds, lastLiterals: literals, length };
    at += 2;
    matchStarts.push(length);
    length += more(token & 15) + 4;
    matchEnds.push(length);
  }
}

const SIZES = [1, 4, 11, 12, 13, 14, 15, 16, 20, 64, 255, 270, 271, 300, 1000, 65_535, 65_536, 65_537, 200_000];

describe('Lz4BlockEncoder', () => {
  test.each(BODY_KINDS)('%s of many sizes is read by lz4js and by us', (kind) => {
    for (const size of SIZES) {
      const body = sampleBody(kind, size, size);
      const block = encode(body);
      const theirs = Buffer.alloc(size);
      expect(decompressBlock(block, theirs, 0, block.length, 0)).toBe(size);
      expect([size, theirs.equals(body), decode(block, size).equals(body)]).toEqual([size, true, true]);
    }
  });

  test('a block ends with 5 literals, and no match begins in its last 12 bytes', () => {
    let matches = 0;
    for (const kind of BODY_KINDS) {
      for (let size = 1; size < 400; size++) {
        const { matchStarts, matchEnds, lastLiterals, length } = shape(encode(sampleBody(kind, size, size)));
        expect(length).toBe(size);
        if (matchStarts.length === 0) continue;
        matches += matchStarts.length;
        expect(lastLiterals).toBeGreaterThanOrEqual(5);
        expect(Math.max(...matchStarts)).toBeLessThanOrEqual(size - 12);
        expect(Math.max(...matchEnds)).toBeLessThanOrEqual(size - 5);
      }
    }
    expect(matches).toBeGreaterThan(1000);
  });

  test('what one encoder remembers of a block has no part in the next', () => {
    const encoder = new Lz4BlockEncoder();
    const body = sampleBody('text', 5000);
    const first = encode(body, encoder);
    for (let i = 0; i < 50; i++) expect(encode(body, encoder).equals(first)).toBe(true);
  });

  test('distances above 65535 are no matches', () => {
    const far = Buffer.concat([
      Buffer.from('0123456789abcdefghij'),
      Buffer.alloc(65_536, 0),
      Buffer.from('0123456789abcdefghij!!!!!!!!!!!!'),
    ]);
    expect(decode(encode(far), far.length).equals(far)).toBe(true);
  });

  test('whatever the bytes are, they come back', () => {
    const encoder = new Lz4BlockEncoder();
    const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(pieces, fc.array(fc.nat(5), { minLength: 1, maxLength: 60 }), (parts, order) => {
        const body = Buffer.concat(order.map((index) => parts[index % parts.length] ?? Buffer.alloc(0)));
        fc.pre(body.length > 0);
        expect(decode(encode(body, encoder), body.length).equals(body)).toBe(true);
      }),
    );
  });
});

describe('decodeBlock', () => {
  test.each([
    ['nothing at all', ''],
    ['literals that are missing', '50 61'],
    ['a length that does not end', 'f0 ff'],
    ['an offset that is cut off', '1061 01'],
    ['a match before the start', '1061 0200 5062626262'],
    ['an offset of 0', '1061 0000 5062626262'],
    ['no literals at its end', '1061 0100'],
  ])('refuses %s', (_, hex) => {
    expect(() => decode(Buffer.from(hex.replaceAll(' ', ''), 'hex'), 1000)).toThrow(/LZ4/);
  });

  test('never writes more than the limit, however small the block is', () => {
    const bomb = encode(Buffer.alloc(10_000_000));
    expect(bomb.length).toBeLessThan(40_000);
    const output = new Lz4Output(16, 100_000);
    expect(() => decodeBlock(bomb, 0, bomb.length, output, 0)).toThrow('larger than the limit');
    expect(output.bytes.length).toBeLessThanOrEqual(100_000);
  });

  test('any bytes give a body or an error, and end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const output = new Lz4Output(16, 5000);
        try {
          decodeBlock(Buffer.from(bytes), 0, bytes.length, output, 0);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
        expect(output.length).toBeLessThanOrEqual(5000);
      }),
    );
  });
});
