import fc from 'fast-check';
import { isJsonArray, isJsonObject, type JsonValue, parseRelaxedJson } from '../../../src/protocol/relaxed-json.js';
import { expectViolation } from './frames.js';

const parse = (text: string): unknown => plain(parseRelaxedJson(text, { depth: 20, values: 10_000 }));

/** As JSON.parse would give it. */
function plain(value: JsonValue): unknown {
  if (isJsonObject(value)) return Object.fromEntries([...value].map(([name, member]) => [name, plain(member)]));
  return isJsonArray(value) ? value.map(plain) : value;
}

test('whatever is JSON is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, 1, '\t', '\r\n'), (value, blanks) => {
      const text = JSON.stringify(value, undefined, blanks);
      expect(parse(text)).toEqual(JSON.parse(text));
    }),
  );
});

test('numbers may stand for keys, as in the maps of fastjson', () => {
  expect(parse('{0:"127.0.0.1:10911",1 : {-2:3},"4":5}')).toEqual({ 0: '127.0.0.1:10911', 1: { '-2': 3 }, 4: 5 });
});

test('what looks like such a key inside of a text is text', () => {
  expect(parse(String.raw`{"a{0:":"{0:\"x\",1:2}"}`)).toEqual({ 'a{0:': '{0:"x",1:2}' });
});

test('escapes and other alphabets are read', () => {
  expect(parse(String.raw`["\u00e9\n\\\"\/","é😀","\ud83d\ude00"]`)).toEqual(['é\n\\"/', 'é😀', '😀']);
});

test('keys like __proto__ are keys like any other, and of equal keys the last counts', () => {
  const value = parseRelaxedJson('{"__proto__":{"x":1},"constructor":2,"a":1,"a":2}', { depth: 5, values: 10 });
  if (!isJsonObject(value)) throw new Error('it is an object');
  expect([...value.keys()]).toEqual(['__proto__', 'constructor', 'a']);
  expect(value.get('a')).toBe(2);
  expect('x' in {}).toBe(false);
});

test.each([
  '',
  ' ',
  '{',
  '}',
  '[1',
  '[1,]',
  '[,1]',
  '{"a"}',
  '{"a":}',
  '{"a":1,}',
  '{a:1}',
  '{1.5:2}',
  '{{"a":1}:2}',
  '{"a":1}x',
  '1 2',
  '"a',
  '"a\\"',
  '"\\x"',
  '"\n"',
  "'a'",
  '01',
  '+1',
  '.5',
  '1.',
  'NaN',
  'tru',
  'undefined',
  '\ufeff1',
])('%j is refused', (text) => {
  expectViolation(() => parse(text));
});

test('nesting and values are limited', () => {
  const limits = { depth: 3, values: 5 };
  expect(parseRelaxedJson('[[[1]]]', limits)).toEqual([[[1]]]);
  expectViolation(() => parseRelaxedJson('[[[[1]]]]', limits));
  expect(parseRelaxedJson('[1,2,3,4]', limits)).toEqual([1, 2, 3, 4]);
  expectViolation(() => parseRelaxedJson('[1,2,3,4,5]', limits));
  expectViolation(() => parseRelaxedJson('{"a":1,"b":2,"c":3,"d":4,"e":5}', limits));
});

test('a million levels are refused without a deep stack', () => {
  expectViolation(() => parse('['.repeat(1_000_000)));
  expectViolation(() => parse('{"a":'.repeat(1_000_000)));
});

test('random text causes violations and nothing else', () => {
  const json = fc
    .array(fc.constantFrom(...'{}[]:,"\\ 01-.eE\ntruefalsn'.split('')))
    .map((characters) => characters.join(''));
  fc.assert(
    fc.property(json, (text) => {
      try {
        parse(text);
      } catch (error) {
        expect(error).toMatchObject({ code: 'RMQ_PROTOCOL_VIOLATION' });
      }
    }),
  );
});
