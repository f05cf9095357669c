import { messageOf, nameOf, textOf } from '../../../src/callbacks/thrown.js';

const boom = (): never => {
  throw new Error('boom');
};
const hidden = 'a value that cannot be shown';

test.each<[string, unknown, text: string, message: string, name: string | undefined]>([
  ['an error', new RangeError('too far'), 'RangeError: too far', 'too far', 'RangeError'],
  ['a text', 'x', 'x', 'x', undefined],
  ['undefined', undefined, 'undefined', 'undefined', undefined],
  ['a symbol', Symbol('s'), 'Symbol(s)', 'Symbol(s)', undefined],
  ['an object without a prototype', Object.create(null), hidden, hidden, undefined],
  ['an object whose toString throws', { toString: boom }, hidden, hidden, undefined],
  [
    'an error whose message throws',
    Object.defineProperty(new Error('x'), 'message', { get: boom }),
    hidden,
    hidden,
    'Error',
  ],
  [
    'an error whose message is a symbol',
    Object.assign(new Error('x'), { message: Symbol('s') }),
    hidden,
    'Symbol(s)',
    'Error',
  ],
  ['an error whose name throws', Object.defineProperty(new Error('x'), 'name', { get: boom }), hidden, 'x', hidden],
  ['a proxy that throws', new Proxy({}, { get: boom, getPrototypeOf: boom }), hidden, hidden, undefined],
])('%s', (_, thrown, text, message, name) => {
  expect([textOf(thrown), messageOf(thrown), nameOf(thrown)]).toEqual([text, message, name]);
});
