import { FieldIndex } from '../../../src/protocol/field-index.js';

function indexOf(fields: readonly (readonly [string, string])[]): FieldIndex {
  const index = new FieldIndex();
  index.reset(Buffer.from(fields.map(([name, value]) => name + value).join(''), 'latin1'));
  let at = 0;
  for (const [name, value] of fields) {
    const valueAt = at + name.length;
    index.add(at, valueAt, valueAt, valueAt + value.length);
    at = valueAt + value.length;
  }
  return index;
}

test('finds a field by its whole name only', () => {
  const index = indexOf([
    ['queueId', '3'],
    ['queue', 'short'],
    ['queueOffset', '12345678901'],
  ]);
  expect(index.get('queueId')).toBe('3');
  expect(index.get('queue')).toBe('short');
  expect(index.get('queueOffset')).toBe('12345678901');
  expect(index.get('queueOffse')).toBeUndefined();
  expect(index.get('')).toBeUndefined();
});

test('keeps decoded fields in their place among the others', () => {
  const index = indexOf([['a', '1']]);
  index.addText('ü', 'é');
  index.addText('a', '2');
  expect(index.get('a')).toBe('2');
  expect(index.get('ü')).toBe('é');
  expect([...index.toMap()]).toEqual([
    ['a', '2'],
    ['ü', 'é'],
  ]);
});

test('a value outlives the bytes it was read from', () => {
  const index = new FieldIndex();
  const bytes = Buffer.from('longname-and-a-long-value');
  index.reset(bytes);
  index.add(0, 8, 8, bytes.length);
  const value = index.get('longname');
  bytes.fill(0);
  expect(value).toBe('-and-a-long-value');
});

test('says where a value lies, of the last field of that name, unless something of the header had to be decoded', () => {
  const index = indexOf([
    ['name', 'one'],
    ['name', 'three'],
  ]);
  const [start = 0, end = 0] = index.spanOf('name') ?? [];
  expect(end - start).toBe('three'.length);
  expect(index.spanOf('missing')).toBeUndefined();
  index.addText('decoded', 'grün');
  expect(index.spanOf('name')).toBeUndefined();
});

test('gives a number only for a plain decimal that a number holds exactly', () => {
  const numbers = { zero: '0', large: '999999999999999', leading: '007' };
  const others = { longer: '1000000000000000', negative: '-1', blank: ' 1', hex: '0x1', fraction: '1.5', empty: '' };
  const index = indexOf(Object.entries({ ...numbers, ...others }));
  expect(Object.keys(numbers).map((name) => index.getInteger(name))).toEqual([0, 999_999_999_999_999, 7]);
  for (const name of [...Object.keys(others), 'missing']) expect(index.getInteger(name)).toBeUndefined();
});

test('forgets everything when it is reset', () => {
  const index = indexOf([['a', '1']]);
  index.addText('b', '2');
  index.reset(Buffer.alloc(0));
  expect(index.toMap().size).toBe(0);
  expect(index.get('a')).toBeUndefined();
  expect(index.get('b')).toBeUndefined();
});

test('writes the values in the order of the names, of equal names the last one, without those left out', () => {
  const index = indexOf([
    ['b', '1'],
    ['Z', '2'],
    ['ab', '3'],
    ['a', '4'],
    ['b', '5'],
    ['c', '6'.repeat(50)],
  ]);
  index.addText('ü', 'é');
  index.addText('😀', 'emoji');
  index.addText('\u{e000}', 'private');
  const values = Buffer.alloc(index.maxValueBytes);
  const end = index.writeValues(values, ['ab', 'other']);
  expect(values.toString('utf8', 0, end)).toBe(`245${'6'.repeat(50)}éemojiprivate`);
});

test('a field that is null is as if it were not there, and hides an earlier one of its name', () => {
  const index = new FieldIndex();
  index.addText('a', 'x');
  index.addText('b', null);
  index.addText('a', null);
  expect([index.get('a'), index.get('b'), index.toMap()]).toEqual([undefined, undefined, new Map()]);
  const text = Buffer.alloc(index.maxValueBytes);
  expect(text.toString('utf8', 0, index.writeValues(text, []))).toBe('nullnull');
});
