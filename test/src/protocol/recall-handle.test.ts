import { formatRecallHandle, parseRecallHandle } from '../../../src/protocol/recall-handle.js';
import { goldenFrame } from '../../golden/golden-frames.js';

// Written by the Java classes.
const JAVA = 'djEgdCBicm9rZXItYSAxNzAwMDAwMDAwMDAxIDdGMDAwMDAxMDAwMTAwMDAwMDAwMDAwMDAwMDAwMEFB';
const handle = {
  topic: 't',
  brokerName: 'broker-a',
  deliverAt: 1_700_000_000_001,
  uniqueKey: '7F0000010001000000000000000000AA',
};

test('a handle has the text of Java, in both directions', () => {
  expect(formatRecallHandle(handle)).toBe(JAVA);
  expect(parseRecallHandle(JAVA)).toEqual(handle);
});

test('a handle of a real broker, with padding, is read and written again', () => {
  const recorded = goldenFrame('5.5.0/timer-deliver-recall', ({ answers }) => answers === 310).extFields?.[
    'recallHandle'
  ];
  const read = parseRecallHandle(recorded ?? '');
  expect(read).toMatchObject({ topic: 'GoldenTopic', brokerName: 'broker-p', deliverAt: 1_795_187_431_001 });
  expect(read && formatRecallHandle(read)).toBe(recorded);
});

const encoded = (text: string): string => Buffer.from(text).toString('base64url');

test.each([
  ['an empty text', ''],
  ['what is no base64', 'djEg!'],
  ['another version', encoded('v2 t b 1 k')],
  ['too few pieces', encoded('v1 t b 1')],
  ['a time that is none', encoded('v1 t b soon k')],
])('%s is no handle', (_, text) => {
  expect(parseRecallHandle(text)).toBeUndefined();
});
