import { inspect } from 'node:util';
import { SigningKey } from '../../../src/access/signing-key.js';

const credentials = { accessKey: 'user', secretKey: 'canary-secret', securityToken: 'canary-token' };

test('says who signs, with the token of temporary credentials', () => {
  expect([...new SigningKey({ accessKey: 'user', secretKey: 's' }).identity()]).toEqual([['AccessKey', 'user']]);
  expect([...new SigningKey(credentials).identity()]).toEqual([
    ['AccessKey', 'user'],
    ['SecurityToken', 'canary-token'],
  ]);
});

test('is of the very credentials it was made of', () => {
  const key = new SigningKey(credentials);
  expect(key.isOf({ ...credentials })).toBe(true);
  expect(key.isOf({ ...credentials, secretKey: 'other' })).toBe(false);
  expect(key.isOf({ accessKey: 'user', secretKey: 'canary-secret' })).toBe(false);
});

test('shows no secret', () => {
  const key = new SigningKey(credentials);
  for (const text of [inspect(key, { showHidden: true, depth: null }), JSON.stringify(key)]) {
    expect(text).not.toContain('canary');
  }
});
