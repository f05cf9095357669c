import { publicKey, VERSION } from '../../../src/errors/copies.js';
import { assertSameVersion, markVersion, type Shared } from '../../../src/errors/same-version.js';

const WHAT: readonly Shared[] = ['producer', 'envelope', 'gate'];

test.each(WHAT)('a %s of this version is taken, and what is none is not judged', (what) => {
  class Made {}
  markVersion(Made.prototype, what);
  for (const value of [new Made(), {}, undefined, null, 'text']) {
    expect(() => assertSameVersion(value, what)).not.toThrow();
  }
  expect(Object.getOwnPropertyNames(new Made())).toEqual([]);
});

test.each(WHAT)('a %s of another version is refused, and both versions are named', (what) => {
  const other = { [Symbol.for(publicKey(what))]: '9.9.9' };
  expect(() => assertSameVersion(other, what)).toThrow(
    expect.objectContaining({
      code: 'RMQ_ARGUMENT_INVALID',
      message: `the ${what} was made by rx-rocketmq 9.9.9 and given to rx-rocketmq ${VERSION}; install one version (npm ls rx-rocketmq shows who needs which)`,
      detail: { rule: 'same-version', version: '9.9.9' },
    }),
  );
});
