import { runInNewContext } from 'node:vm';
import { kindOf, shown } from '../../../src/errors/kind-of.js';

class Order {
  readonly id = 7;
}

test.each<[told: string, value: unknown]>([
  ['null', null],
  ['undefined', undefined],
  ['a string', 'secret'],
  ['a number', 5],
  ['a boolean', false],
  ['a function', () => 1],
  ['an array', ['secret']],
  ['an object', { secret: 1 }],
  ['an object', Object.create(null)],
  ['a Map', new Map()],
  ['a Promise', Promise.resolve('secret')],
  ['an Order', new Order()],
  ['a Date', runInNewContext('new Date()')],
  ['an object', { constructor: 'secret' }],
  [
    'an object',
    new Proxy(
      {},
      {
        get: () => {
          throw new Error('secret');
        },
      },
    ),
  ],
])('%s', (told, value) => {
  expect(kindOf(value)).toBe(told);
});

test('a number is shown, anything else only by its kind', () => {
  expect([5, Number.NaN, '5', null].map(shown)).toEqual(['5', 'NaN', 'a string', 'null']);
});
