import fc from 'fast-check';
import { encodeBinaryHeader } from '../../../src/protocol/header-binary.js';
import { bytesOf, command, expectViolation, frameAround, read } from './frames.js';

const binaryHeader = (header: Buffer): ReturnType<typeof read> => read(frameAround(1, header));

/** A header with any bytes as its fields; `saidBytes` is the length that it claims for them. */
function headerWith(
  fields: Buffer,
  saidBytes = fields.length,
  remark = Buffer.alloc(0),
  saidRemark = remark.length,
): Buffer {
  const start = encodeBinaryHeader(command()).subarray(0, 13);
  const lengths = [saidRemark, saidBytes].map((length) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(length);
    return bytes;
  });
  return Buffer.concat([start, ...lengths.slice(0, 1), remark, ...lengths.slice(1), fields]);
}

function field(name: string, value: string, saidName = name.length, saidValue = value.length): Buffer {
  const bytes = Buffer.alloc(6 + name.length + value.length);
  bytes.writeInt16BE(saidName, 0);
  bytes.write(name, 2, 'latin1');
  bytes.writeInt32BE(saidValue, 2 + name.length);
  bytes.write(value, 6 + name.length, 'latin1');
  return bytes;
}

// Written by the Java classes.
test('a request has the bytes of Java', () => {
  const properties = 'KEYS\u0001k\u0002';
  const fields = new Map(
    Object.entries({ a: 'g', b: 't', c: 'TBW102', d: '4', e: '1', f: '0', g: '1700000000000', h: '0' }),
  );
  for (const [name, value] of Object.entries({ i: properties, j: '0', k: 'false', m: 'false' }))
    fields.set(name, value);
  const sent = command({ code: 310, opaque: 7, flag: 0, version: 479, fields, body: Buffer.from('hi') });
  const expected =
    '0000009a0100009401360001df0000000700000000000000000000007f00016100000001670001620000000174000163000000065442573130' +
    '320001640000000134000165000000013100016600000001300001670000000d313730303030303030303030300001680000000130000169000000' +
    '074b455953016b0200016a000000013000016b0000000566616c736500016d0000000566616c73656869';
  expect(bytesOf(sent, 'binary').toString('hex')).toBe(expected);
  expect(read(Buffer.from(expected, 'hex')).toCommand()).toEqual(sent);
});

test('codes and versions are signed 16-bit numbers', () => {
  const frame = binaryHeader(encodeBinaryHeader(command({ code: -1006, version: -1, opaque: -5 })));
  expect(frame).toMatchObject({ code: -1006, version: -1, opaque: -5 });
});

test('an unknown language is none, and an unknown name is written as OTHER', () => {
  const header = encodeBinaryHeader(command({ language: 'KLINGON' }));
  expect(binaryHeader(header).language).toBe('OTHER');
  header[2] = 200;
  expect(binaryHeader(header).language).toBeUndefined();
});

test('an empty name or value is no field, as in Java', () => {
  const fields = Buffer.concat([field('', 'x'), field('a', ''), field('b', 'c')]);
  expect(binaryHeader(headerWith(fields)).fields()).toEqual(new Map([['b', 'c']]));
});

test('an empty name or value is not written: brokers would sign it as a word', () => {
  const texts = [
    ['', 'x'],
    ['a', ''],
    ['b', 'c'],
  ] as const;
  const [, , kept] = texts;
  const header = encodeBinaryHeader(command({ fields: new Map(texts) }));
  expect(header).toEqual(encodeBinaryHeader(command({ fields: new Map([kept]) })));
});

test('of equal names the last counts', () => {
  const frame = binaryHeader(headerWith(Buffer.concat([field('a', '1'), field('a', '2')])));
  expect(frame.field('a')).toBe('2');
  expect(frame.fields()).toEqual(new Map([['a', '2']]));
});

test('names like __proto__ are names like any other', () => {
  const frame = binaryHeader(headerWith(Buffer.concat([field('__proto__', 'x'), field('constructor', 'y')])));
  expect([...frame.fields()]).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
  expect(frame.field('toString')).toBeUndefined();
});

test('what is not UTF-8 is replaced in a remark and refused in a field', () => {
  const remark = Buffer.from('a\xff', 'latin1');
  expect(binaryHeader(headerWith(Buffer.alloc(0), 0, remark)).remark).toBe('a\ufffd');
  expectViolation(() => binaryHeader(headerWith(field('a', '\xff'))));
  expectViolation(() => binaryHeader(headerWith(field('\xff', 'a'))));
});

test('lengths that are negative, too large or overlapping are refused', () => {
  const good = field('name', 'value');
  for (const length of [-1, -200, -(2 ** 31), 2 ** 31 - 1, good.length + 1]) {
    expectViolation(() => binaryHeader(headerWith(good, length)));
    expectViolation(() => binaryHeader(headerWith(good, good.length, Buffer.from('r'), length)));
    expectViolation(() => binaryHeader(headerWith(field('name', 'value', 4, length))));
  }
  for (const length of [-1, -32_768, 32_767, 6, 9]) {
    expectViolation(() => binaryHeader(headerWith(field('name', 'value', length))));
  }
  for (let length = 0; length < good.length; length++) {
    if (length > 0) expectViolation(() => binaryHeader(headerWith(good.subarray(0, length))));
  }
  for (let length = 0; length < 21; length++) expectViolation(() => binaryHeader(headerWith(good).subarray(0, length)));
});

test('256 fields are taken, 257 are not', () => {
  const fields = (count: number): Buffer => Buffer.concat(Array.from({ length: count }, (_, i) => field(`k${i}`, 'v')));
  expect(binaryHeader(headerWith(fields(256))).fields().size).toBe(256);
  expectViolation(() => binaryHeader(headerWith(fields(257))));
});

test('random fields cause violations and nothing else', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(fc.string({ maxLength: 5 }), fc.string({ maxLength: 5 }), fc.integer({ min: -1, max: 6 }))
      .map(([name, value, said]) => field(name, value, name.length, said)),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      try {
        binaryHeader(headerWith(Buffer.concat(pieces))).fields();
      } catch (error) {
        expect(error).toMatchObject({ code: 'RMQ_PROTOCOL_VIOLATION' });
      }
    }),
  );
});
