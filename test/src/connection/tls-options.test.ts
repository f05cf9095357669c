import { createTlsDial } from '../../../src/connection/tls-dial.js';
import { tlsOptionsProblem, verifiesServers } from '../../../src/connection/tls-options.js';
import { Sealed } from '../../../src/access/sealed.js';
import { Authority } from '../../tls/certificates.js';

const PEM = new Authority('tls options').ca;

test.each([
  [{}],
  [{ ca: undefined, rejectUnauthorized: false }],
  [{ ca: PEM }],
  [{ ca: [Buffer.from(PEM), String(PEM)] }],
  [{ ca: [] }],
])('options that Node can use have no problem (%#)', (options) => {
  expect(tlsOptionsProblem(options)).toBeUndefined();
});

test.each([[{ ca: '/etc/ca.pem' }], [{ ca: Buffer.from('/etc/ca.pem') }], [{ ca: [PEM, 'ca.pem'] }], [{ ca: '' }]])(
  'a CA that Node would pass over is a problem, and is not shown (%#)',
  (options) => {
    const problem = tlsOptionsProblem(options);
    expect(problem).toContain('not the name of a file');
    expect(problem).not.toContain('ca.pem');
  },
);

test('options that are not there at once are a problem, and end nothing when they are rejected', async () => {
  expect(tlsOptionsProblem(Promise.reject(new Error('nobody sees this')))).toContain('they are a promise');
  expect(tlsOptionsProblem(undefined)).toBe('they are undefined, not an object');
  await new Promise(setImmediate);
});

test('a function that gives such options is named by the dial', () => {
  const receiver = { onOpen: () => {}, onBytes: () => {}, onClose: () => {}, onDrain: () => {} };
  const asynchronous = (() => Promise.resolve({})) as unknown as () => object;
  expect(() => createTlsDial(new Sealed(asynchronous))('127.0.0.1:9', receiver as never)).toThrow(
    expect.objectContaining({ code: 'RMQ_TLS_FAILED', message: expect.stringContaining('they are a promise') }),
  );
});

describe('servers have to prove who they are', () => {
  const throwing = (): never => {
    throw new Error('no file');
  };
  test.each([
    [true],
    [{}],
    [{ rejectUnauthorized: true }],
    [{ rejectUnauthorized: undefined }],
    [() => ({ ca: PEM })],
    [throwing],
    [() => Promise.reject(new Error('nobody sees this'))],
  ])('with %p', async (given) => {
    expect(verifiesServers(given)).toBe(true);
    await new Promise(setImmediate);
  });

  test.each([[{ rejectUnauthorized: false }], [() => ({ ca: PEM, rejectUnauthorized: false })]])(
    'not with %p',
    (given) => {
      expect(verifiesServers(given)).toBe(false);
    },
  );
});
