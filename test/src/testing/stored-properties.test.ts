import { decodeProperties, encodeProperties } from '../../../src/protocol/properties.js';
import { storedBytes, storedMemberProperties, storedProperties } from '../../../src/testing/stored-properties.js';

const text = (properties: Record<string, string>): string => encodeProperties(Object.entries(properties));
const asObject = (encoded: string): Record<string, string> => Object.fromEntries(decodeProperties(encoded));
const added = { CLUSTER: 'DefaultCluster', MSG_REGION: 'DefaultRegion', TRACE_ON: 'true' };

describe('single messages at 5.5.0', () => {
  test('get cluster, region and trace switch, and keep everything else', () => {
    const sent = { KEYS: 'a b', UNIQ_KEY: 'K', WAIT: 'true', own: 'ä' };
    const { text: stored, uniqueKey } = storedProperties(text(sent), 5);
    expect(asObject(stored)).toEqual({ ...sent, ...added });
    expect(uniqueKey).toBe('K');
  });

  test.each([
    ['no separator at the end', 'UNIQ_KEY\u0001K\u0002a\u00011', { UNIQ_KEY: 'K', a: '1' }],
    [
      'what the broker itself says',
      text({ UNIQ_KEY: 'K', CLUSTER: 'mine', MSG_REGION: 'mine', TRACE_ON: 'false' }),
      { UNIQ_KEY: 'K' },
    ],
    ['a receipt of a pop', text({ UNIQ_KEY: 'K', POP_CK: 'x' }), { UNIQ_KEY: 'K' }],
    ['empty values', 'UNIQ_KEY\u0001K\u0002CLUSTER\u0001\u0002a\u0001\u0002', { UNIQ_KEY: 'K' }],
    ['two unique keys, of which the last counts', text({ UNIQ_KEY: 'J' }) + text({ UNIQ_KEY: 'K' }), { UNIQ_KEY: 'K' }],
    [
      'a name that ends like the unique key',
      'MY_UNIQ_KEY\u0001J\u0002UNIQ_KEY\u0001K\u0002',
      { MY_UNIQ_KEY: 'J', UNIQ_KEY: 'K' },
    ],
    ['a unique key at the end', 'a\u00011\u0002UNIQ_KEY\u0001K', { a: '1', UNIQ_KEY: 'K' }],
  ])('are normalised: %s', (_, sent, own) => {
    const { text: stored, uniqueKey } = storedProperties(sent, 5);
    expect(asObject(stored)).toEqual({ ...own, ...added });
    expect(uniqueKey).toBe('K');
  });

  test.each(['', 'UNIQ_KEY\u0001\u0002', 'a\u00011\u0002'])('without a unique key get one: %j', (sent) => {
    const { text: stored, uniqueKey } = storedProperties(sent, 5);
    expect(uniqueKey).toMatch(/^[0-9A-F]{32}$/);
    expect(asObject(stored)['UNIQ_KEY']).toBe(uniqueKey);
  });
});

test('4.9.7 adds the cluster, drops WAIT and says nothing of a unique key', () => {
  const { text: stored, uniqueKey } = storedProperties(text({ UNIQ_KEY: 'K', WAIT: 'true', MSG_REGION: 'mine' }), 4);
  expect(asObject(stored)).toEqual({ UNIQ_KEY: 'K', MSG_REGION: 'mine', CLUSTER: 'DefaultCluster' });
  expect(uniqueKey).toBeUndefined();
});

test('members of a batch stay as they are at 5.5.0', () => {
  expect(storedMemberProperties(text({ UNIQ_KEY: 'K' }), text({ UNIQ_KEY: 'E' }), 5)).toBe(text({ UNIQ_KEY: 'K' }));
});

test('at 4.9.7 the properties of the envelope hide those of the members', () => {
  const stored = storedMemberProperties('UNIQ_KEY\u0001K\u0002a\u00011', text({ UNIQ_KEY: 'E', WAIT: 'true' }), 4);
  expect(asObject(stored)).toEqual({ UNIQ_KEY: 'E', a: '1', WAIT: 'true', CLUSTER: 'DefaultCluster' });
});

test.each([
  [5, 'a\u0001ü\u0002', 5],
  [4, 'a\u0001ü\u0002', 4],
  [4, 'a\u0001ü', 4],
  [4, '', 0],
] as const)('%d.x compares as the size of %j with its limit: %d', (major, properties, bytes) => {
  expect(storedBytes(properties, major)).toBe(bytes);
});
