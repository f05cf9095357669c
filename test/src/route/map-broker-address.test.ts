import { mapAddress } from '../../../src/route/map-broker-address.js';

/** Callers without types. */
const giving = (value: unknown) => (() => value) as (address: string) => string;

test('an address is what the function makes of it, and itself without one', () => {
  expect(mapAddress((address) => `mapped-${address}`, 'a:1')).toBe('mapped-a:1');
  expect(mapAddress(undefined, 'a:1')).toBe('a:1');
});

test.each([
  ['is asynchronous: it gave a promise', Promise.resolve('a:1')],
  ['is asynchronous: it gave a promise', Promise.reject(new Error('nobody sees this'))],
  ['gave undefined', undefined],
  ['gave null', null],
  ['gave number', 10911],
  ['gave an empty string', ''],
])('a function that %s is told so', async (what, value) => {
  expect(() => mapAddress(giving(value), 'a:1')).toThrow(
    expect.objectContaining({
      code: 'RMQ_ADDRESS_MAPPING_FAILED',
      message: `mapBrokerAddress ${what} for the address a:1`,
      detail: { address: 'a:1' },
    }),
  );
  // A rejection that nobody handles would end the process.
  await new Promise(setImmediate);
});

test('a function that throws is the cause', () => {
  const thrown = new Error('no idea');
  const map = (): never => {
    throw thrown;
  };
  expect(() => mapAddress(map, 'a:1')).toThrow(
    expect.objectContaining({ message: 'mapBrokerAddress threw: no idea for the address a:1', cause: thrown }),
  );
});
