import fc from 'fast-check';
import { FRAME_LIMITS } from '../../../src/protocol/frame-limits.js';
import { encodeJsonHeader } from '../../../src/protocol/header-json.js';
import { command, expectViolation, frameAround, int32, jsonFrame, read, text } from './frames.js';

const least = '"code":0,"flag":1,"opaque":9';
const jsonHeader = (header: string): ReturnType<typeof read> => read(jsonFrame(header));

describe('writing', () => {
  // Written by the Java classes.
  test('gives the bytes of Java', () => {
    const remark = command({ code: 0, opaque: 9, version: 0, remark: 'oké' });
    expect(encodeJsonHeader(remark).toString()).toBe(
      '{"code":0,"flag":1,"language":"JAVA","opaque":9,"remark":"oké","serializeTypeCurrentRPC":"JSON","version":0}',
    );
    const fields = command({ code: 0, opaque: 9, version: 0, fields: new Map([['k', 'v"q']]) });
    expect(encodeJsonHeader(fields).toString()).toBe(
      String.raw`{"code":0,"extFields":{"k":"v\"q"},"flag":1,"language":"JAVA","opaque":9,"serializeTypeCurrentRPC":"JSON","version":0}`,
    );
  });

  test('escapes control characters as fastjson does', () => {
    const header = encodeJsonHeader(command({ fields: new Map([['i', 'KEYS\u0001k\u0002']]) })).toString();
    expect(header).toContain(String.raw`"i":"KEYS\u0001k\u0002"`);
  });

  test('leaves out what is not there', () => {
    expect(encodeJsonHeader(command({ language: undefined })).toString()).toBe(
      '{"code":0,"flag":1,"opaque":1,"serializeTypeCurrentRPC":"JSON","version":513}',
    );
  });
});

describe('reading', () => {
  test('needs code, flag and opaque: a header without a code must not pass for success', () => {
    expect(jsonHeader(`{${least}}`)).toMatchObject({ code: 0, flag: 1, opaque: 9, version: 0, remark: undefined });
    for (const key of ['code', 'flag', 'opaque']) {
      expectViolation(() => jsonHeader(`{${least}}`.replace(`"${key}"`, '"other"')));
    }
  });

  test('takes blanks, any order, and keys it does not know', () => {
    const frame = jsonHeader(
      ' { "x" : [ {"y":null} ] , "opaque" : 9,\n"flag":1, "code" : 17, "suspended":false,"extFields" : { "a" : "b" } } ',
    );
    expect(frame).toMatchObject({ code: 17, opaque: 9 });
    expect(frame.fields()).toEqual(new Map([['a', 'b']]));
  });

  test('reads null as absent', () => {
    const frame = jsonHeader(`{${least},"remark":null,"language":null,"extFields":{"a":null,"b":"c"}}`);
    expect(frame.remark).toBeUndefined();
    expect(frame.fields()).toEqual(new Map([['b', 'c']]));
    expect(jsonHeader(`{${least},"extFields":null}`).fields().size).toBe(0);
  });

  test('refuses values of the wrong type', () => {
    const wrong = [
      '"0"',
      '1.5',
      '1099511627776',
      '-2147483649',
      '2147483648',
      '007',
      '1e400',
      'true',
      'null',
      '{}',
      '[]',
    ];
    for (const key of ['code', 'flag', 'opaque']) {
      for (const value of wrong) {
        expectViolation(() => jsonHeader(`{${least}}`.replace(new RegExp(`"${key}":\\d`), `"${key}":${value}`)));
      }
    }
    for (const part of ['"remark":1', '"version":"1"', '"extFields":"a"', '"extFields":[]', '"extFields":{"a":1}']) {
      expectViolation(() => jsonHeader(`{${least},${part}}`));
    }
  });

  test('takes every int32, negative opaques included', () => {
    fc.assert(
      fc.property(int32, int32, int32, (code, opaque, flag) => {
        expect(jsonHeader(JSON.stringify({ code, opaque, flag }))).toMatchObject({ code, opaque, flag });
      }),
    );
  });

  test('takes names like __proto__ as names like any other', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype'];
    const fields = names.map((name) => `"${name}":"polluted"`).join();
    // As plain as servers write it, and with a blank, which takes the other way through the reader.
    for (const header of [`{${least},"extFields":{${fields}}}`, `{${least}, "extFields":{${fields}}}`]) {
      const frame = jsonHeader(header);
      for (const name of names) expect(frame.field(name)).toBe('polluted');
      expect(frame.field('valueOf')).toBeUndefined();
      expect([...frame.fields().keys()]).toEqual(names);
    }
    const inHeader = jsonHeader(`{${least}, "__proto__":{"remark":"polluted","version":7}}`);
    expect(inHeader).toMatchObject({ remark: undefined, version: 0 });
    expect(Object.keys({})).toEqual([]);
    expect('polluted' in {}).toBe(false);
  });

  test('of equal names the last counts', () => {
    for (const blank of ['', ' ']) {
      const frame = jsonHeader(`{"code":1,${blank}${least},"extFields":{"x":"y"},"extFields":{"a":"1","a":"2"}}`);
      expect(frame.code).toBe(0);
      expect(frame.fields()).toEqual(new Map([['a', '2']]));
      expect(frame.field('a')).toBe('2');
    }
  });

  test('replaces what is not UTF-8 in a remark and refuses it in a field', () => {
    const header = (key: string): Buffer => Buffer.from(`{${least},${key}"a\xff\\n"}`.replace('}"}', '"}}'), 'latin1');
    expect(read(frameAround(0, header('"remark":'))).remark).toBe('a\ufffd\n');
    for (const blank of ['', ' ']) {
      const field = Buffer.from(`{${least},${blank}"extFields":{"k":"a\xff"}}`, 'latin1');
      expectViolation(() => read(frameAround(0, field)));
    }
    const honest = jsonHeader(`{${least}, "extFields":{"k":"\ufffd"}}`);
    expect(honest.field('k')).toBe('\ufffd');
  });

  test('refuses what is no JSON', () => {
    const broken = [
      '',
      '{',
      '{}',
      'null',
      '[]',
      '"a"',
      `{${least}`,
      `{${least},}`,
      `{${least}}}`,
      `{${least}}\0`,
      `{${least},"remark":"\u0001"}`,
      `{${least},"remark":"\\x"}`,
      `{${least},"remark":"a}`,
      `{${least},"remark":"a\\"}`,
      `{${least},"extFields":{"a":"b",}}`,
      `{${least},"extFields":{"a"}}`,
      `{${least},"extFields":{"a":"b"`,
    ];
    for (const header of broken) expectViolation(() => jsonHeader(header));
  });

  test('does not read beyond the header into the body', () => {
    const header = Buffer.from(`{${least}`);
    expectViolation(() => read(frameAround(0, header, Buffer.from('}'))));
    const open = Buffer.from(`{${least},"remark":"a`);
    expectViolation(() => read(frameAround(0, open, Buffer.from('"}'))));
  });
});

describe('limits', () => {
  const flat = (valueBytes: number): string => `{${least},"extFields":{"msgId":"${'7'.repeat(valueBytes)}"}}`;

  test('a plain header may be as large as the answer to a large batch', () => {
    expect(jsonHeader(flat(2_000_000)).field('msgId')).toHaveLength(2_000_000);
    expectViolation(() => jsonHeader(flat(FRAME_LIMITS.headerBytes)));
  });

  test('an irregular header must be small', () => {
    const irregular = (bytes: number): string => ` ${flat(bytes)}`;
    expect(jsonHeader(irregular(60_000)).field('msgId')).toHaveLength(60_000);
    expectViolation(() => jsonHeader(irregular(FRAME_LIMITS.irregularHeaderBytes)));
  });

  test('a million levels of nesting are refused before they are parsed', () => {
    expectViolation(() => jsonHeader(`{${least},"x":${'['.repeat(1_000_000)}`));
    expectViolation(() => jsonHeader(`{${least},"extFields":{"a":${'{"a":'.repeat(1_000_000)}`));
  });

  test('256 fields are taken, 257 are not', () => {
    const fields = (count: number): string => Array.from({ length: count }, (_, i) => `"k${i}":"${i}"`).join();
    for (const blank of ['', ' ']) {
      const frame = jsonHeader(`{${least},${blank}"extFields":{${fields(256)}}}`);
      expect(frame.fields().size).toBe(256);
      expect(frame.field('k0')).toBe('0');
      expect(frame.field('k255')).toBe('255');
      expectViolation(() => jsonHeader(`{${least},${blank}"extFields":{${fields(257)}}}`));
    }
  });

  test('repeating a key does not buy more work than its bytes are worth', () => {
    expectViolation(() => jsonHeader(`{${'"remark":"\\n",'.repeat(200_000)}${least}}`));
    expectViolation(() => jsonHeader(`{${'"extFields":{"a":"\\n"},'.repeat(100_000)}${least}}`));
  });
});

test('the scanner and JSON.parse agree on every header', () => {
  // A blank behind the brace sends the same header the other way.
  const anyHeader = fc.record(
    {
      code: fc.oneof(int32, fc.constant('0'), fc.double()),
      flag: int32,
      opaque: fc.oneof(int32, fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n }).map(Number)),
      version: int32,
      language: fc.oneof(fc.constantFrom('JAVA', 'GO'), text, fc.constant(3)),
      remark: fc.oneof(text, fc.constant(null), fc.constant(5)),
      extFields: fc.oneof(
        fc.dictionary(text, fc.oneof({ weight: 20, arbitrary: text }, { weight: 1, arbitrary: fc.constant(null) })),
        fc.constant({}),
        fc.constant('x'),
      ),
      other: fc.jsonValue(),
      nosuch: text,
    },
    { requiredKeys: ['code', 'flag', 'opaque'] },
  );
  fc.assert(
    fc.property(anyHeader, (header) => {
      const plain = JSON.stringify(header);
      expect(outcome(plain)).toEqual(outcome(plain.replace('{', '{ ')));
    }),
  );
});

function outcome(header: string): unknown {
  try {
    return jsonHeader(header).toCommand();
  } catch (error) {
    expect(error).toMatchObject({ code: 'RMQ_PROTOCOL_VIOLATION' });
    return 'violation';
  }
}
