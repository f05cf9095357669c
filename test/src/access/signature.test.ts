import { createHmac, createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { Signatures, SIGNATURE_CHARACTERS } from '../../../src/access/signature.js';
import { type GoldenFrame, goldenFrames } from '../../golden/golden-frames.js';
import { bytesOf, command, ENCODINGS, read, someText } from '../protocol/frames.js';
import { signatureOf } from './plain-signature.js';

const signatures = new Signatures();
const keyOf = (secret: string) => createSecretKey(secret, 'utf8');
const sign = (fields: Readonly<Record<string, string>>, body: Uint8Array, version: number, secret: string): string => {
  const request = command({ fields: new Map(Object.entries(fields)), body, version });
  return signatures.of(read(bytesOf(request, 'json')), keyOf(secret));
};

/** The user of the recordings, as INDEX.md tells. */
const RECORDED_SECRET = 'goldenSK123456';

const signed = ['5.5.0/acl-signed', '4.9.7/acl-signed']
  .flatMap((scenario) => goldenFrames(scenario))
  .filter(({ dir, extFields }) => dir === 'c2s' && extFields?.['AccessKey'] === 'goldenAK');

test('there are recorded signatures of every kind of request of a producer', () => {
  expect(new Set(signed.map(({ code }) => code))).toEqual(new Set([105, 310, 320, 34, 35]));
});

test.each(signed.map((frame): [string, GoldenFrame] => [`${frame.title} (${frame.code})`, frame]))(
  'signs as the Java client did in %s',
  (_title, { bytes, extFields }) => {
    expect(signatures.of(read(bytes), keyOf(RECORDED_SECRET))).toBe(extFields?.['Signature']);
  },
);

// Appendix A of the protocol notes: made by AclSigner.java.
const vector = {
  AccessKey: 'AK',
  a: 'g',
  b: 't',
  c: 'TBW102',
  d: '4',
  e: '1',
  f: '0',
  g: '1700000000000',
  h: '0',
  i: 'KEYS\u0001k\u0002',
  j: '0',
  k: 'false',
  m: 'false',
};

test('signs the values in the order of their names, however the fields are ordered', () => {
  const expected = 'h6KOXtR1La1n5hZL7SqrN4iZ3lk=';
  const reversed = Object.fromEntries(Object.entries(vector).reverse());
  expect(sign(vector, Buffer.from('hi'), 475, 'SK1234567890')).toBe(expected);
  expect(sign(reversed, Buffer.from('hi'), 475, 'SK1234567890')).toBe(expected);
});

test('covers every field and the body, but not the signature itself', () => {
  const of = (fields: Readonly<Record<string, string>>, body = 'hi'): string =>
    sign(fields, Buffer.from(body), 475, 's');
  const before = of(vector);
  expect(of({ ...vector, Signature: 'anything' })).toBe(before);
  expect(of({ ...vector, h: '1' })).not.toBe(before);
  expect(of({ ...vector, ns: 'space' })).not.toBe(before);
  expect(of(vector, 'ho')).not.toBe(before);
});

test('leaves the field out that servers disagree about, below version 400', () => {
  const of = (fields: Readonly<Record<string, string>>, version: number): string =>
    sign(fields, Buffer.alloc(0), version, 's');
  const query = { topic: 't', key: 'k', _UNIQUE_KEY_QUERY: 'true' };
  const { topic, key } = query;
  expect(of(query, 399)).toBe(of({ topic, key }, 399));
  expect(of(query, 400)).not.toBe(of({ topic, key }, 400));
});

test.each(ENCODINGS)('is what its definition says, whatever the names and values are: %s header', (encoding) => {
  // Characters at the borders where the orders of UTF-8 and UTF-16 differ.
  const name = fc.oneof(
    fc.string({
      unit: fc.constantFrom('a', 'b', 'z', '~', '"', 'é', '\u{d7ff}', '\u{e000}', '\u{ffff}', '😀'),
      minLength: 1,
    }),
    fc.constantFrom('a', 'AccessKey', 'SecurityToken', 'Signature', 'ns', '_UNIQUE_KEY_QUERY'),
    someText,
  );
  const fieldsOf = fc.array(fc.tuple(name, fc.oneof(someText, fc.string({ unit: 'binary', minLength: 1 }))), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(
      fieldsOf,
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom(399, 400, 513),
      (entries, body, version) => {
        const frame = read(bytesOf(command({ fields: new Map(entries), body, version }), encoding));
        const key = keyOf('secret');
        expect(signatures.of(frame, key)).toBe(signatureOf(new Map(entries), body, version, key));
      },
    ),
  );
});

test.each([0, 100, 4000, 20_000, 300_000])('has its length for texts and bodies of all sizes: %d', (size) => {
  const key = keyOf('secret');
  for (const body of [Buffer.alloc(0), Buffer.alloc(size, 1), Buffer.alloc(5000, 2)]) {
    for (const value of ['x'.repeat(size + 1), '令'.repeat(size + 1)]) {
      const fields = new Map([['k', value]]);
      const signature = signatures.of(read(bytesOf(command({ fields, body }), 'binary')), key);
      expect(signature).toBe(signatureOf(fields, body, 513, key));
      expect(signature).toHaveLength(SIGNATURE_CHARACTERS);
    }
  }
});

describe('a field without a value', () => {
  const hmac = (text: string): string => createHmac('sha1', 's').update(text).digest('base64');
  const signedFrame = (header: Buffer, type: number): string => {
    const bytes = Buffer.concat([Buffer.alloc(8), header]);
    bytes.writeInt32BE(bytes.length - 4, 0);
    bytes.writeInt32BE((type << 24) | header.length, 4);
    return signatures.of(read(bytes), keyOf('s'));
  };
  const binary = (...fields: readonly (readonly [string, string])[]): string => {
    const text = (value: string, lengthBytes: 2 | 4): Buffer => {
      const length = Buffer.alloc(lengthBytes);
      length.writeUIntBE(value.length, 0, lengthBytes);
      return Buffer.concat([length, Buffer.from(value)]);
    };
    const pairs = Buffer.concat(fields.flatMap(([name, value]) => [text(name, 2), text(value, 4)]));
    const head = Buffer.alloc(21);
    head.writeInt16BE(310, 0);
    head.writeInt16BE(475, 3);
    head.writeInt32BE(pairs.length, 17);
    return signedFrame(Buffer.concat([head, pairs]), 1);
  };
  const json = (fields: string): string =>
    signedFrame(Buffer.from(`{"code":310,"extFields":{${fields}},"flag":0,"opaque":1,"version":475}`), 0);

  // What RemotingCommand.decode and AclUtils.combineRequestContent of 5.5.0 and 4.9.7 made of the same headers.
  test('is signed as the word null where Java reads null: empty in a binary header, or null in JSON', () => {
    expect(binary(['AccessKey', 'k'], ['a', 'x'], ['b', ''])).toBe(hmac('kxnull'));
    expect(json('"a":"x","b":null')).toBe(hmac('xnull'));
    expect(json('"a":"x","b":""')).toBe(hmac('x'));
  });

  test('is the last of its name, as any other', () => {
    expect(binary(['a', ''], ['a', 'x'])).toBe(hmac('x'));
    expect(binary(['a', 'x'], ['a', ''])).toBe(hmac('null'));
  });

  test.each(ENCODINGS)('is never ambiguous in what is written here (%s)', (encoding) => {
    const request = command({
      fields: new Map([
        ['a', 'x'],
        ['b', ''],
      ]),
      body: undefined,
    });
    expect(signatures.of(read(bytesOf(request, encoding)), keyOf('s'))).toBe(hmac('x'));
  });
});
