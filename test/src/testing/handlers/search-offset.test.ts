import { searchOffset } from '../../../../src/testing/handlers/search-offset.js';
import type { ReleaseName } from '../../../../src/testing/server-release.js';
import { brokerOf, fill, requestOf, sender } from '../handler-kit.js';

afterEach(() => jest.useRealTimers());

function search(release: ReleaseName, timestamp: number, count = 3): unknown {
  jest.useFakeTimers({ now: 1000 });
  const broker = brokerOf(release);
  for (let i = 0; i < count; i++) {
    fill(broker, 1);
    jest.advanceTimersByTime(100);
  }
  const fields = { topic: 'orders', queueId: '0', timestamp: String(timestamp) };
  return searchOffset.answer(requestOf(29, fields), broker, sender).fields?.get('offset');
}

// Stored at 1000, 1100 and 1200.
test.each([
  [0, '0', '0'],
  [1000, '0', '0'],
  [1001, '1', '0'],
  [1090, '1', '1'],
  [1200, '2', '2'],
  [1201, '3', '2'],
])('at %d: the first from then on (5.5.0), or the nearest (4.9.7)', (timestamp, by5, by4) => {
  expect([search('5.5.0', timestamp), search('4.9.7', timestamp)]).toEqual([by5, by4]);
});

test('an empty queue has offset 0', () => {
  expect([search('5.5.0', 5, 0), search('4.9.7', 5, 0)]).toEqual(['0', '0']);
});
