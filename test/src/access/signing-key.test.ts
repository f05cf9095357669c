import { inspect } from 'node:util';
import { SigningKey } from '../../../src/access/signing-key.js';

const credentials = { accessKey: 'user', secretKey: 'canary-secret', securityToken: 'canary-token' };

test('says who signs, with the token of temporary credentials and room for the signature', () => {
  const { binary, json, jsonFirst } = new SigningKey(credentials).additions;
  const pairs = `"AccessKey":"user","SecurityToken":"canary-token","Signature":"${' '.repeat(28)}"`;
  expect(json.bytes.toString()).toBe(`${pairs},`);
  expect(jsonFirst.bytes.toString()).toBe(`"extFields":{${pairs}},`);
  for (const { bytes, signatureAt } of [binary, json, jsonFirst]) {
    expect(bytes.toString('latin1', signatureAt, signatureAt + 28)).toBe(' '.repeat(28));
    expect(bytes.indexOf(' ')).toBe(signatureAt);
  }
  const permanent = new SigningKey({ accessKey: 'user', secretKey: 's' }).additions;
  expect(permanent.json.bytes.toString()).not.toContain('SecurityToken');
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
