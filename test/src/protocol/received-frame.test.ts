import { command, read, bytesOf, readCommand } from './frames.js';

test('the flag says whether a frame is an answer, and whether one is expected', () => {
  const claims = [0, 1, 2, 3].map((flag) => readCommand(command({ flag })));
  expect(claims.map(({ isResponse }) => isResponse)).toEqual([false, true, false, true]);
  expect(claims.map(({ isOneway }) => isOneway)).toEqual([false, false, true, true]);
});

test('the body is a view, and a command is a copy', () => {
  const bytes = bytesOf(command({ fields: new Map([['a', 'long enough']]), body: Buffer.from('body') }), 'binary');
  const frame = read(bytes);
  const copy = frame.toCommand();
  expect(frame.body.buffer).toBe(bytes.buffer);
  bytes.fill(0);
  expect(frame.body).toEqual(Buffer.alloc(4));
  expect(copy.body).toEqual(Buffer.from('body'));
  expect(copy.fields).toEqual(new Map([['a', 'long enough']]));
});

test('without a body there are no bytes, and none in the command', () => {
  const frame = readCommand(command());
  expect(frame.body).toHaveLength(0);
  expect(frame.toCommand().body).toBeUndefined();
});

test('an integer field is the number of a text field', () => {
  const frame = readCommand(command({ fields: new Map(Object.entries({ n: '42', t: 'x', u: 'ü' })) }));
  expect(frame.field('n')).toBe('42');
  expect(frame.integerField('t')).toBeUndefined();
  expect(readCommand(command({ fields: new Map([['n', '42']]) })).integerField('n')).toBe(42);
});
