import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { internalKey, publicKey, VERSION } from '../../../src/errors/copies.js';

test('names the version of the package', () => {
  const manifest = JSON.parse(readFileSync(join(__dirname, '../../../package.json'), 'utf8'));
  expect(VERSION).toBe(manifest.version);
});

test('what is internal is shared by copies of one version, what is public by all', () => {
  expect(internalKey('gate')).toBe(`rx-rocketmq@${VERSION}.gate`);
  expect(publicKey('gate')).toBe('rx-rocketmq.gate');
});
